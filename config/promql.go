package config

import "github.com/kpi-exporter/kpi_exporter/internal/document"

// partsOfPromQL says what to do instead of wanting several numbers.
const partsOfPromQL = "make a KPI of each part, and divide them in a formula"

// fitsPromQL reports what a KPI wants of PromQL, which gives one number, called value, with its labels.
func (decl *kpiDecl) fitsPromQL(k *KPI) {
	s := decl.Settings
	if decl.isColumn() {
		if k.Value != "value" {
			decl.reads[0].fail("write "+decl.n.Value+".value", "%s is PromQL, whose one number is called value", decl.n.Value)
		}
	} else if decl.Text("value").Said() && k.Value != "value" {
		decl.Text("value").Fail("leave it out", "the one number of PromQL is called value, not %s", document.Quote(k.Value))
	}
	for _, key := range []string{"numerator", "denominator", "sample_size"} {
		if s.Text(key).OK {
			s.Text(key).Fail(partsOfPromQL, "PromQL gives one number, and so no %s", key)
		}
	}
	if !k.OnEmptyZero {
		return
	}
	for _, d := range k.Databases {
		if d.dataFrom == "" && !s.Text("data_from").Said() {
			s.Text("on_empty").Fail("add data_from: 2026-03-01 to database "+d.Name+", with the day from which on it has data",
				"on_empty: zero needs data_from, because a Prometheus gives an empty result also for what it has not kept")
			return
		}
	}
}
