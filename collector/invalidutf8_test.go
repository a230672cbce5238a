package collector

import (
	"strings"
	"testing"
	"testing/synctest"
)

// TestInvalidUTF8 counts label values that are not UTF-8, and keeps apart those that differ only there.
func TestInvalidUTF8(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t (plan, n)", `INSERT INTO t VALUES (CAST(x'636166e9' AS TEXT), 1), (x'636166ea', 2), ('café', 3)`)
	cfg := load(t, app(url, kpi("each", "SELECT plan, n AS value FROM t", "labels: [plan]\nevery: 1h\ntarget: {from: plans}")+
		kpi("valid", "SELECT plan, n AS value FROM t WHERE n = 3", "labels: [plan]\nevery: 1h")+
		kpi("twice", `SELECT 1 AS value, plan FROM (SELECT plan FROM t UNION ALL SELECT 'caf\xE9')`, "labels: [plan]\nevery: 1h")+
		"double:\n  title: Double\n  every: 1h\n  formula: each * 2\n")+`
queries:
  plans:
    period: instant
    query: SELECT 'each' AS kpi, plan, n AS at_least FROM t
`)
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T00:00:01")
		got := exposed(t, r.Collector)
		for _, line := range []string{
			`kpi_value{kpi="each",plan="caf\\xE9"} 1`, `kpi_value{kpi="each",plan="caf\\xEA"} 2`, `kpi_value{kpi="each",plan="café"} 3`,
			`kpi_target{kpi="each",plan="caf\\xE9"} 1`, `kpi_target{kpi="each",plan="caf\\xEA"} 2`,
			`kpi_value{kpi="double",plan="caf\\xE9"} 2`,
			`kpi_exporter_invalid_utf8_total{kpi="each"} 4`, // Of its values and of its targets.
			`kpi_exporter_invalid_utf8_total{kpi="double"} 2`,
			`kpi_exporter_invalid_utf8_total{kpi="twice"} 2`,
			`kpi_value{kpi="twice",plan="caf\\xE9"} 1`, `kpi_value{kpi="twice",plan="caf\\\\xE9"} 1`, // The byte, and its four characters.
		} {
			if !got[line] {
				t.Errorf("%s is not exposed", line)
			}
		}
		if strings.Contains(page(t, r.Collector), `kpi_exporter_invalid_utf8_total{kpi="valid"}`) {
			t.Error("counted where all is UTF-8")
		}
		r.at("01T01:00:01")
		if line := `kpi_exporter_invalid_utf8_total{kpi="each"} 8`; !exposed(t, r.Collector)[line] {
			t.Errorf("%s is not exposed an hour later", line)
		}
		if err := r.Reload(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if line := `kpi_exporter_invalid_utf8_total{kpi="each"} 8`; !exposed(t, r.Collector)[line] {
			t.Errorf("%s is not exposed after a reload", line)
		}
	})
}
