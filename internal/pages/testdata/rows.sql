-- What kinds.yaml reads: 17 weeks before the week of the instant in the table as_of.
CREATE TABLE rows (at text, kpi text, plan text, v real, n real);
CREATE TABLE weeks AS
SELECT datetime(date((SELECT at FROM as_of), 'weekday 0', '-6 days'), ((key - 17) * 7) || ' days', '12 hours') AS at, value AS v
FROM json_each('[100, 102, 98, 101, 103, 99, 104, 100, 105, 101, 103, 106, 102, 104, 107, 103, 84]');
INSERT INTO rows SELECT at, 'seats', '', v, 0 FROM weeks;
INSERT INTO rows SELECT at, 'revenue', 'basic', v / 2.0, 0 FROM weeks;
INSERT INTO rows SELECT at, 'revenue', 'pro', v * 2, 0 FROM weeks;
INSERT INTO rows SELECT at, 'patients', 'basic', 9, 9 FROM weeks;
INSERT INTO rows SELECT at, 'patients', 'pro', 3, 3 FROM weeks;
