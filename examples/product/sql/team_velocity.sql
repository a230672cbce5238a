WITH complete AS (
  SELECT sprint_id, team, starts_at, ends_at,
         row_number() OVER (PARTITION BY team ORDER BY ends_at DESC, sprint_id DESC) AS age
  FROM sprints
  WHERE ends_at <= :as_of
), finished AS (
  -- What was finished before or after its sprint belongs to none; a sprint that finished nothing is a 0.
  SELECT c.team, c.sprint_id, coalesce(sum(w.points), 0) AS points
  FROM complete c
  LEFT JOIN work_items w
         ON w.sprint_id = c.sprint_id AND w.done_at >= c.starts_at AND w.done_at < c.ends_at
  WHERE c.age <= 3
  GROUP BY c.team, c.sprint_id
)
SELECT team, avg(points) AS value
FROM finished
GROUP BY team
