/** The project document's two statements about retries, exactly as printed there. */
export const RETRY_ANALYTICS = `
-- Find position dates that succeeded after retries
SELECT 
    position_date,
    COUNT(*) as total_attempts,
    MAX(CAST(retry_metadata:retry_count AS INT)) as max_retry_count,
    MIN(CASE WHEN status = 'FAILED' THEN start_time END) as first_failure,
    MAX(CASE WHEN status = 'SUCCESS' THEN start_time END) as final_success
FROM demos.backfill_demo.backfill_log
WHERE position_date IN (
    SELECT position_date FROM demos.backfill_demo.backfill_log 
    WHERE retry_metadata IS NOT NULL
)
GROUP BY position_date
HAVING MAX(CASE WHEN status='SUCCESS' THEN 1 ELSE 0 END) = 1;

-- Retry success rate by attempt number
SELECT 
    retry_metadata:retry_count as retry_attempt,
    COUNT(*) as total_retries,
    SUM(CASE WHEN status = 'SUCCESS' THEN 1 ELSE 0 END) as successful,
    ROUND(100.0 * SUM(CASE WHEN status = 'SUCCESS' THEN 1 ELSE 0 END) / COUNT(*), 2) as success_rate_pct
FROM demos.backfill_demo.backfill_log
WHERE retry_metadata IS NOT NULL
GROUP BY retry_metadata:retry_count
ORDER BY retry_attempt;
`;
