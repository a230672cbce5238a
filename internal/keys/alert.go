package keys

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// Alert says when a missed target raises an alert, and which one.
type Alert struct {
	Off      bool
	For      *time.Duration
	Severity string // "" means the default of the rules.
	Labels   map[string]string
}

// alertReader reads the keys of an alert.
type alertReader struct {
	*document.File
	*Alert
}

// AlertKeys returns the keys of an alert.
func AlertKeys() []Into[alertReader] {
	return []Into[alertReader]{
		To("for", "alert", schema.Duration(), "how long the target must be missed before the alert fires; `10m` by default", func(r alertReader, k, v *document.Node) {
			hold := quantity.Duration(r.File, v, k.Value, 0)
			r.For = &hold.Value
		}),
		To("severity", "alert", schema.Text(), "one lower-case word; `warning` by default; `critical` is sent outside office hours, too", func(r alertReader, k, v *document.Node) {
			severity := r.Text(v, k.Value)
			if severity.OK && (severity.Value != strings.ToLower(severity.Value) || !IsLabelName(strings.ReplaceAll(severity.Value, "-", "_"))) {
				severity.Fail("write one lower case word, such as warning or critical", "%s is not a severity", document.Quote(severity.Value))
			}
			r.Severity = severity.Value
		}),
		To("labels", "alert", schema.Named(schema.Text()), "labels of the alert", func(r alertReader, _, v *document.Node) {
			r.Labels = readAlertLabels(r.File, v)
		}),
	}
}

// ReadAlert reads the alert of a KPI: off, or a mapping.
func ReadAlert(d *document.File, n *document.Node, what string) document.Field[Alert] {
	n = document.Resolve(n)
	if n.Kind == document.ScalarNode && n.Value == "off" {
		return document.Good(d, n, Alert{Off: true})
	}
	if n.Kind != document.MappingNode {
		d.Fail(n, "write off, or {for: 1h, severity: warning, labels: {team: growth}}", "alert must be off or a mapping")
		return document.Bad[Alert](d, n)
	}
	f := document.Good(d, n, Alert{})
	failed := d.ErrorCount()
	Read(d, n, what, AlertKeys(), alertReader{d, &f.Value}, nil)
	f.OK = d.ErrorCount() == failed
	return f
}

func readAlertLabels(d *document.File, n *document.Node) map[string]string {
	labels := map[string]string{}
	d.Each(n, "labels", func(k, v *document.Node) {
		switch {
		case !IsLabelName(k.Value) || strings.HasPrefix(k.Value, "__"):
			d.Fail(k, "write letters, digits and _", "%s is not a label name", document.Quote(k.Value))
		case slices.Contains([]string{"alertname", "kpi", "severity"}, k.Value):
			d.Fail(k, "", "label %s is set by the rule itself", document.Quote(k.Value))
		default:
			labels[k.Value] = d.Text(v, k.Value).Value
		}
	})
	return labels
}

// MergeAlerts returns an alert with the labels from above that it does not have.
func MergeAlerts(own, above any) any {
	alert := *own.(*document.Field[Alert])
	from := above.(*document.Field[Alert]).Value.Labels
	if len(from) == 0 || alert.Value.Off {
		return own
	}
	merged := make(map[string]string, len(from)+len(alert.Value.Labels))
	maps.Copy(merged, from)
	maps.Copy(merged, alert.Value.Labels)
	alert.Value.Labels = merged
	return &alert
}
