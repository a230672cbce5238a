package keys

import (
	"fmt"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// Label names that samples, rules, dashboards or Prometheus itself give a meaning to.
const reservedLabels = "kpi job instance tier side reason alertname severity le quantile pod compared_with source " +
	"title description unit grafana_unit owner objective objective_title runbook dashboard measured sample_title target_text"

// Label is a column that becomes a label.
type Label struct {
	Name   string
	Closed []string // The only values allowed, nil if open.
}

// ReadLabels reads the columns that become labels: a list of names, or a mapping of names to the only values allowed.
func ReadLabels(d *document.File, n *document.Node, _ string) document.Field[[]Label] {
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
	case !IsLabelName(name):
		d.Fail(n, "write letters, digits and _, and in the query "+renamed("…", name, LabelFrom(name)), "%s is not a label name", document.Quote(name))
	case strings.HasPrefix(name, "__"), strings.HasPrefix(name, "exported_"), document.IsOneOf(name, reservedLabels):
		own := "account_" + strings.TrimPrefix(strings.TrimLeft(name, "_"), "exported_")
		d.Fail(n, "give it another name: "+renamed(name, name, own), "label %s is reserved", document.Quote(name))
	default:
		return true
	}
	return false
}

// renamed says how a query gives a column or a label another name: in SQL, which may read it from an expression, and in PromQL.
func renamed(expr, name, as string) string {
	return fmt.Sprintf(`SELECT %s AS %s, or in PromQL sum by (%[2]s) (label_replace(…, "%[2]s", "$1", %[3]q, "(.*)"))`, expr, as, name)
}
