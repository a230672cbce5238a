package collector

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestResultAsJSON(t *testing.T) {
	url := newSQLite(t)
	const berlin = "period: month\ntimezone: Europe/Berlin\n"
	for _, tc := range []struct{ name, sql, more, want string }{
		{
			"samples", "SELECT column1 AS value, column2 AS plan, column3 AS n FROM (VALUES (1.5, 'a\"b', 40), (NULL, 'c', 2))",
			berlin + "labels: [plan]\nsample_size: n\ntarget: {at_least: 1.2, tolerance: 50%}",
			`{
  "kpi": "it",
  "as_of": "2026-05-05T14:00:00+02:00",
  "period_start": "2026-04-01T00:00:00+02:00",
  "period_end": "2026-05-01T00:00:00+02:00",
  "samples": [
    {
      "labels": {
        "plan": "a\"b"
      },
      "value": 1.5,
      "sample_size": 40,
      "bounds": [
        {
          "tier": "target",
          "side": "lower",
          "value": 1.2,
          "source": "fixed"
        },
        {
          "tier": "critical",
          "side": "lower",
          "value": 0.6,
          "source": "tolerance"
        }
      ],
      "attainment": 1.25,
      "status": "on_target"
    },
    {
      "labels": {
        "plan": "c"
      },
      "value": null,
      "sample_size": 2,
      "bounds": [
        {
          "tier": "target",
          "side": "lower",
          "value": 1.2,
          "source": "fixed"
        },
        {
          "tier": "critical",
          "side": "lower",
          "value": 0.6,
          "source": "tolerance"
        }
      ],
      "attainment": null,
      "status": "unknown",
      "reason": "no_value"
    }
  ],
  "error": null
}`,
		},
		{
			"without labels and target", "SELECT 1 AS value", "",
			`{
  "kpi": "it",
  "as_of": "2026-05-05T12:00:00Z",
  "period_start": "2026-05-05T12:00:00Z",
  "period_end": "2026-05-05T12:00:00Z",
  "samples": [
    {
      "labels": {},
      "value": 1,
      "sample_size": null,
      "bounds": [],
      "attainment": null,
      "status": "no_target"
    }
  ],
  "error": null
}`,
		},
		{
			"a failure", "SELECT 1 AS amount", berlin,
			`{
  "kpi": "it",
  "as_of": "2026-05-05T14:00:00+02:00",
  "period_start": "2026-04-01T00:00:00+02:00",
  "period_end": "2026-05-01T00:00:00+02:00",
  "samples": [],
  "error": {
    "reason": "column",
    "message": "kpi \"it\": column \"value\" is not in the result (has: amount)"
  }
}`,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := load(t, app(url, kpi("it", tc.sql, tc.more)))
			got, err := json.MarshalIndent(evaluate(t, cfg, at(t, "2026-05-05T12:00:00Z"))[0], "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
