package config

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// Label names that samples, rules, dashboards or Prometheus itself give a meaning to.
const reservedLabels = "kpi job instance tier side reason alertname severity le quantile pod compared_with source " +
	"title description unit grafana_unit owner objective runbook dashboard"

// readLabels reads the columns that become labels: a list of names, or a mapping of names to the only values allowed.
func readLabels(d *document.File, n *document.Node, _ string) document.Field[[]Label] {
	n = document.Resolve(n)
	f := document.Good(d, n, []Label{})
	failed := d.ErrorCount()
	if n.Kind == document.MappingNode {
		d.Each(n, "labels", func(k, v *document.Node) {
			if checkLabelName(d, k) {
				values := d.List(v, "the values of "+k.Value)
				if values.OK && len(values.Value) == 0 {
					d.Fail(v, "list the values allowed, or write labels: ["+k.Value+"]", "label %s allows no value", document.Quote(k.Value))
				}
				f.Value = append(f.Value, Label{Name: k.Value, Closed: values.Value})
			}
		})
	} else {
		names := d.List(n, "labels")
		if names.OK {
			for i, item := range document.Resolve(n).Content {
				if checkLabelName(d, document.Resolve(item)) {
					f.Value = append(f.Value, Label{Name: names.Value[i]})
				}
			}
		}
	}
	f.OK = d.ErrorCount() == failed
	return f
}

func checkLabelName(d *document.File, n *document.Node) bool {
	name := n.Value
	switch {
	case !isLabelName(name):
		d.Fail(n, "write letters, digits and _, and in the query SELECT … AS "+labelFrom(name), "%s is not a label name", document.Quote(name))
	case strings.HasPrefix(name, "__"), strings.HasPrefix(name, "exported_"), document.IsOneOf(name, reservedLabels):
		own := "account_" + strings.TrimPrefix(strings.TrimLeft(name, "_"), "exported_")
		d.Fail(n, "give the column another name: SELECT "+name+" AS "+own, "label %s is reserved", document.Quote(name))
	default:
		return true
	}
	return false
}

func isLabelName(name string) bool {
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '_', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return name != ""
}

// labelFrom turns a text into a label name.
func labelFrom(text string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && isLabelName("_"+string(r)) {
			return r
		}
		return '_'
	}, text)
	if !isLabelName(name) {
		name = "_" + name
	}
	return name
}

// isName reports whether a text can name a KPI or a query.
func isName(text string) bool {
	return len(text) <= 63 && isLabelName(text) && text == strings.ToLower(text) && text[0] != '_'
}

// checkName checks the name of a KPI or a query.
func checkName(d *document.File, k *document.Node, what string) {
	if isName(k.Value) {
		return
	}
	hint := "a name is made of a to z, 0 to 9 and _, begins with a letter and has at most 63 characters"
	if better := strings.ToLower(labelFrom(k.Value)); isName(better) {
		hint = "write " + better
	}
	d.Fail(k, hint, "%s is not a name for a %s", d.Show(k.Line, k.Value), what)
}
