import fc from 'fast-check';
import { nextPath } from '../../dashboard/access/next-path.ts';

describe('After the sign-in nobody is led to another site', () => {
  it.each([
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['/.//evil.example', '/'],
    ['https://evil.example/', '/'],
    ['javascript:alert(1)', '/'],
    ['', '/'],
    ['/sign-out', '/'],
    ['/queues?a=//b#c', '/queues?a=//b#c'],
  ])('with next=%s', (given, expected) => expect(nextPath(given)).toBe(expected));

  it('whatever next says', () => {
    const pieces = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '\t',
      '\n',
      '%2f',
      'evil.example',
      ':',
      '@',
      '?',
      '#',
      'http:',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
        const led = new URL(nextPath(`/${parts.join('')}`), 'https://here.example/sign-in');
        expect(led.origin).toBe('https://here.example');
      }),
    );
  });
});
