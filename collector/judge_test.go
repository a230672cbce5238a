package collector

import (
	"testing"
)

func TestTargets(t *testing.T) {
	testContracts(t, server.NewDatabase(t), []contract{
		{name: "met", sql: "SELECT 12 AS value", more: "target: {at_least: 10}", want: "12 on_target attainment 1.2 by 10 target.lower=10"},
		{name: "exactly met", sql: "SELECT 10 AS value", more: "target: {at_least: 10}", want: "10 on_target attainment 1 by 10 target.lower=10"},
		{
			name: "missed with neither tolerance nor critical", sql: "SELECT 9.9 AS value", more: "target: {at_least: 10}",
			want: "9.9 off_target attainment 0.99 by 10 target.lower=10",
		},
		{
			name: "critical", sql: "SELECT 9 AS value", more: "target: {at_least: 12, critical: 9, stretch: 15}",
			want: "9 at_risk attainment 0.75 by 12 target.lower=12 critical.lower=9 stretch.lower=15",
		},
		{
			name: "past critical", sql: "SELECT 8 AS value", more: "target: {at_least: 10, critical: 9}",
			want: "8 off_target attainment 0.8 by 10 target.lower=10 critical.lower=9",
		},
		{
			name: "at_most", sql: "SELECT 5 AS value", more: "target: {at_most: 4, critical: 6}",
			want: "5 at_risk attainment 0.75 by 4 target.upper=4 critical.upper=6",
		},
		{
			name: "relative tolerance", sql: "SELECT 0.77 AS value", more: "unit: ratio\ntarget: {at_most: 70%, tolerance: 10%}",
			want: "0.77 at_risk attainment 0.8999999999999999 by 0.7 target.upper=0.7 critical.upper=0.77 (tolerance)",
		},
		{
			name: "tolerance in percentage points", sql: "SELECT 0.033 AS value", more: "unit: ratio\ntarget: {at_most: 3%, tolerance: 2pp}",
			want: "0.033 at_risk attainment 0.8999999999999999 by 0.03 target.upper=0.03 critical.upper=0.05 (tolerance)",
		},
		{
			name: "absolute tolerance", sql: "SELECT 8 AS value", more: "target: {at_least: 10, tolerance: 2}",
			want: "8 at_risk attainment 0.8 by 10 target.lower=10 critical.lower=8 (tolerance)",
		},
		{name: "a target of 0 and no critical", sql: "SELECT 1 AS value", more: "target: {at_most: 0}", want: "1 off_target by 0 target.upper=0"},
		{
			name: "a target of 0 and a critical", sql: "SELECT 1 AS value", more: "target: {at_most: 0, critical: 4}",
			want: "1 at_risk attainment 0.75 by 0 target.upper=0 critical.upper=4",
		},
		{
			name: "a negative target", sql: "SELECT -11 AS value", more: "target: {at_least: -10, tolerance: 20%}",
			want: "-11 at_risk attainment 0.9 by -10 target.lower=-10 critical.lower=-12 (tolerance)",
		},
		{
			name: "between, inside", sql: "SELECT 4.5 AS value", more: "target: {between: [3, 5]}",
			want: "4.5 on_target attainment 1 by 5 target.lower=3 target.upper=5",
		},
		{
			name: "between, below", sql: "SELECT 2 AS value", more: "target: {between: [4, 5], critical: [1, 6]}",
			want: "2 at_risk attainment 0.5 by 4 target.lower=4 target.upper=5 critical.lower=1 critical.upper=6",
		},
		{
			name: "between, above critical", sql: "SELECT 7 AS value", more: "target: {between: [4, 5], critical: [1, 6]}",
			want: "7 off_target attainment 0.6 by 5 target.lower=4 target.upper=5 critical.lower=1 critical.upper=6",
		},
		{
			name: "a benchmark", sql: "SELECT 3 AS value", more: "target: {at_least: {benchmark: 2, source: a study}}",
			want: "3 on_target attainment 1.5 by 2 target.lower=2 (benchmark)",
		},
		{name: "no value", sql: "SELECT NULL::int AS value", more: "target: {at_least: 10}", want: "none unknown (no_value) target.lower=10"},
		{
			name: "min_sample", sql: "SELECT 12 AS value, 29 AS n", more: "sample_size: n\ntarget: {at_least: 10, min_sample: 30}",
			want: "12 of 29 unknown (small_sample) attainment 1.2 by 10 target.lower=10",
		},
		{
			name: "min_sample reached", sql: "SELECT 12 AS value, 30 AS n", more: "sample_size: n\ntarget: {at_least: 10, min_sample: 30}",
			want: "12 of 30 on_target attainment 1.2 by 10 target.lower=10",
		},
		{
			name: "min_sample and an unknown size", sql: "SELECT 12 AS value, NULL::int AS n", more: "sample_size: n\ntarget: {at_least: 10, min_sample: 30}",
			want: "12 unknown (small_sample) attainment 1.2 by 10 target.lower=10",
		},
		{
			name: "suppress_below", sql: "SELECT 12 AS value, 4 AS n", more: "sample_size: n\nsuppress_below: 5\ntarget: {at_least: 10}",
			want: "none of 4 unknown (small_sample) target.lower=10",
		},
		{name: "suppress_below reached", sql: "SELECT 12 AS value, 5 AS n", more: "sample_size: n\nsuppress_below: 5", want: "12 of 5 no_target"},
		{name: "suppress_below and an unknown size", sql: "SELECT 12 AS value, NULL::int AS n", more: "sample_size: n\nsuppress_below: 5", want: "none no_target"},
		{
			name: "suppress_below of a ratio", sql: "SELECT 1 AS good, 3 AS all_of_them", more: "numerator: good\ndenominator: all_of_them\nsuppress_below: 5",
			want: "none of 3 no_target",
		},
		{
			name: "segments", sql: "VALUES (5, 'basic'), (5, 'beta'), (5, 'pro')",
			more: "value: column1\nlabels: [column2]\ntarget:\n  at_least: 10\n  tolerance: 50%\n  segments:\n" +
				"    - {column2: pro, at_least: 4}\n    - {column2: beta, target: none}",
			want: `column2="basic" 5 at_risk attainment 0.5 by 10 target.lower=10 critical.lower=5 (tolerance)` + "\n" +
				`column2="beta" 5 no_target` + "\n" +
				`column2="pro" 5 on_target attainment 1.25 by 4 target.lower=4 critical.lower=2 (tolerance)`,
		},
		{
			name: "segments of several labels, the first match wins", sql: "VALUES (5, 'pro', 'eu'), (5, 'pro', 'us'), (5, 'basic', 'us')",
			more: "value: column1\nlabels: [column2, column3]\ntarget:\n  at_least: 10\n  segments:\n" +
				"    - {column2: pro, column3: eu, at_least: 5}\n    - {column2: pro, at_least: 20}",
			want: `column2="basic" column3="us" 5 off_target attainment 0.5 by 10 target.lower=10` + "\n" +
				`column2="pro" column3="eu" 5 on_target attainment 1 by 5 target.lower=5` + "\n" +
				`column2="pro" column3="us" 5 off_target attainment 0.25 by 20 target.lower=20`,
		},
	})
}
