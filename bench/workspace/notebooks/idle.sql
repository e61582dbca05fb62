-- Databricks notebook source
SELECT :position_date AS position_date
