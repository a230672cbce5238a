package decision

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// Reader reads the decisions of one file after the other.
type Reader struct{ all []*written }

// written is a decision as its file has it.
type written struct {
	file        *document.File
	at          *document.Node
	date, text  document.Field[string]
	kpis        document.Field[[]string]
	owner, link document.Field[string]
}

// Section returns the section of the reference page that describes the keys of a decision.
func Section() schema.Section {
	return keys.Section("Keys of a decision", "[Decisions](report.md#decisions) says what becomes of them.", decisionKeys())
}

func decisionKeys() []keys.Into[*written] {
	const in = "decision"
	return []keys.Into[*written]{
		keys.To("date", in, schema.Required(schema.Date()), "the day from which it holds, such as `2026-07-01`, in the time zone of each KPI", func(w *written, k, v *document.Node) {
			w.date = keys.ReadDate(w.file, v, k.Value)
		}),
		keys.To("text", in, schema.Required(schema.Text()), "what was decided, in a sentence", func(w *written, k, v *document.Node) {
			w.text = w.file.Text(v, k.Value)
		}),
		keys.To("kpis", in, schema.Required(schema.List(schema.Text())), "names of the KPIs that should show its effect", func(w *written, k, v *document.Node) {
			w.kpis = w.file.List(v, k.Value)
			if w.kpis.OK && len(w.kpis.Value) == 0 {
				w.kpis.Fail("name the KPIs that should show its effect", "kpis is empty")
			}
		}),
		keys.To("owner", in, schema.Text(), "who answers for it", func(w *written, k, v *document.Node) {
			w.owner = w.file.Text(v, k.Value)
		}),
		keys.To("link", in, schema.WebURL(), "address of the page that says more", func(w *written, k, v *document.Node) {
			w.link = w.file.WebURL(v, k.Value)
		}),
	}
}

// Read reads the list of decisions of a file.
func (r *Reader) Read(d *document.File, list *document.Node) {
	d.Items(list, "decisions", func(item *document.Node) {
		w := &written{file: d, at: item}
		keys.Read(d, item, "a decision", decisionKeys(), w, nil)
		if item.Kind == document.MappingNode {
			w.failMissing()
			r.all = append(r.all, w)
		}
	})
}

// failMissing reports the keys that every decision has to have.
func (w *written) failMissing() {
	for _, required := range []struct {
		key, hint string
		said      bool
	}{
		{"date", "add date: and the day from which it holds, such as 2026-07-01", w.date.Said()},
		{"text", "add text: and what was decided", w.text.Said()},
		{"kpis", "add kpis: and the names of the KPIs that should show its effect, such as [churn]", w.kpis.Said()},
	} {
		if !required.said && document.FindOwn(w.at, required.key) == nil {
			w.file.Fail(w.at, required.hint, "the decision has no %s", required.key)
		}
	}
}

// Decisions returns what was read, in its order. It reports KPIs that are not known, unless any name may be one, each within a call of
// about with the file and the name.
func (r *Reader) Decisions(kpis []string, anyName bool, about func(d *document.File, kpi string, check func())) []*Decision {
	var list []*Decision
	known, isKnown := strings.Join(kpis, " "), map[string]bool{}
	for _, name := range kpis {
		isKnown[name] = true
	}
	for _, w := range r.all {
		list = append(list, &Decision{
			Date: w.date.Value, Text: w.text.Value, KPIs: w.kpis.Value, Owner: w.owner.Value, Link: w.link.Value, Position: w.file.Position(w.at),
		})
		if w.kpis.OK && !anyName {
			w.failUnknown(known, isKnown, about)
		}
	}
	return list
}

// failUnknown reports names that no KPI has.
func (w *written) failUnknown(known string, isKnown map[string]bool, about func(d *document.File, kpi string, check func())) {
	for i, n := range document.Resolve(w.kpis.Node).Content {
		if name := w.kpis.Value[i]; !isKnown[name] {
			about(w.file, name, func() {
				w.file.Fail(document.Resolve(n), w.file.Near(name, func() string { return known }, "KPIs are"), "unknown KPI %s", document.Quote(name))
			})
		}
	}
}
