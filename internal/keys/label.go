package keys

import (
	"fmt"
	"slices"
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

// ReadLabels reads the columns that become labels: a list of names, or a mapping of names to the only values allowed. CheckLabels
// checks the names.
func ReadLabels(d *document.File, n *document.Node, _ string) document.Field[[]Label] {
	n = document.Resolve(n)
	f := document.Good(d, n, []Label{})
	failed := d.ErrorCount()
	if n.Kind == document.MappingNode {
		d.Each(n, "labels", func(k, v *document.Node) {
			values := d.List(v, "the values of "+k.Value)
			if values.OK && len(values.Value) == 0 {
				d.Fail(v, "list the values allowed, or write labels: ["+k.Value+"]", "label %s allows no value", document.Quote(k.Value))
			}
			f.Value = append(f.Value, Label{Name: k.Value, Closed: values.Value})
		})
	} else {
		for _, name := range d.List(n, "labels").Value {
			f.Value = append(f.Value, Label{Name: name})
		}
	}
	f.OK = d.ErrorCount() == failed
	return f
}

// CheckLabels checks the names of labels that were read, and leaves out those that cannot be labels. A query gives a column or a label
// another name as its language does.
func CheckLabels(s Settings, isPromQL bool) {
	f := s["labels"].(*document.Field[[]Label])
	names := f.Node.Content
	if f.Node.Kind == document.MappingNode {
		names = nil
		f.File.Pairs(f.Node, "labels", func(k, _ *document.Node) { names = append(names, k) })
	}
	isBad := map[string]bool{}
	for _, label := range f.Value {
		isBad[label.Name] = false
	}
	for _, n := range names {
		n = document.Resolve(n)
		if _, wasRead := isBad[n.Value]; wasRead && !checkLabelName(f.File, n, isPromQL) {
			isBad[n.Value] = true
			f.OK = false
		}
	}
	f.Value = slices.DeleteFunc(f.Value, func(l Label) bool { return isBad[l.Name] }) // For all that inherit them, too.
}

func checkLabelName(d *document.File, n *document.Node, isPromQL bool) bool {
	name := n.Value
	switch {
	case !IsLabelName(name):
		d.Fail(n, "write letters, digits and _, and in the query "+renamed("…", name, LabelFrom(name), isPromQL), "%s is not a label name", document.Quote(name))
	case strings.HasPrefix(name, "__"), strings.HasPrefix(name, "exported_"), document.IsOneOf(name, reservedLabels):
		own := "account_" + strings.TrimPrefix(strings.TrimLeft(name, "_"), "exported_")
		d.Fail(n, "give it another name: "+renamed(name, name, own, isPromQL), "label %s is reserved", document.Quote(name))
	default:
		return true
	}
	return false
}

// renamed says how a query gives a column another name, which SQL may read from an expression, or PromQL a label.
func renamed(expr, name, as string, isPromQL bool) string {
	if isPromQL {
		return fmt.Sprintf(`sum by (%s) (label_replace(…, "%[1]s", "$1", %[2]q, "(.*)"))`, as, name)
	}
	return fmt.Sprintf("SELECT %s AS %s", expr, as)
}
