SELECT count(*) AS value FROM signups
