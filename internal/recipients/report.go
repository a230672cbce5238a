package recipients

import (
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// periods are how far back a report may look for what changed.
const periods = "day week month quarter"

// Report is a report that is sent to its owners, each of whom can be reached.
type Report struct {
	Name string
	Unit period.Unit // How far back it looks for what changed.
	To   []*Owner
}

// reportDecl is a report as declared, and where its owners are named.
type reportDecl struct {
	*Report
	file *document.File
	to   []*document.Node
}

func reportKeys() []keys.Into[*reportDecl] {
	return []keys.Into[*reportDecl]{
		keys.To("period", "report", schema.Words(periods), "how far back \"changed\" looks; `week` by default", func(r *reportDecl, k, v *document.Node) {
			if word := r.file.Word(v, k.Value, periods); word.OK {
				p, _ := period.Parse(word.Value) // Each of the words is a period.
				r.Unit = p.Unit
			}
		}),
		keys.To("to", "report", schema.Required(schema.List(schema.Text()).As("list of owners")), "`owners` who get it, each by mail and Slack as far as they have them", func(r *reportDecl, k, v *document.Node) {
			r.file.Items(v, k.Value, func(item *document.Node) {
				if r.file.Text(item, k.Value).OK {
					r.to = append(r.to, item)
				}
			})
		}),
	}
}

// ReadReport reads a report.
func (r *Reader) ReadReport(d *document.File, k, v *document.Node) {
	keys.CheckName(d, k, "report")
	failed := d.ErrorCount()
	decl := &reportDecl{Report: &Report{Name: k.Value, Unit: period.Week}, file: d}
	keys.Read(d, v, "a report", reportKeys(), decl, nil)
	if len(decl.to) == 0 && d.ErrorCount() == failed {
		d.Fail(k, "add to: with names of owners", "report %s is sent to nobody", document.Quote(k.Value))
	}
	r.reports = append(r.reports, decl)
}

// Reports returns the reports that were read, once it is known who the owners are, in whatever file, and checks that each of them can
// be reached, each within a call of about with the name of the owner. Unless these are all of the owners, others may be unknown. It also
// returns the names of the reports with errors.
func (r *Reader) Reports(owners []*Owner, all bool, about func(owner string, check func())) (list []*Report, failed []string) {
	for _, decl := range r.reports {
		seen, errors := map[string]bool{}, decl.file.ErrorCount()
		for _, n := range decl.to {
			name := strings.TrimSpace(n.Value)
			i := slices.IndexFunc(owners, func(o *Owner) bool { return o.Name == name })
			switch {
			case seen[name]:
				decl.file.Fail(n, "", "%s appears twice in to", document.Quote(name))
			case i < 0 && all:
				about(name, func() {
					decl.file.Fail(n, decl.file.Near(name, func() string { return namesOf(owners) }, "owners has"), "unknown owner %s", document.Quote(name))
				})
			case i >= 0:
				about(name, func() { r.checkReachable(decl.file, n, owners[i]) })
				decl.To = append(decl.To, owners[i])
			}
			seen[name] = true
		}
		if decl.file.ErrorCount() > errors {
			failed = append(failed, decl.Name)
		}
		list = append(list, decl.Report)
	}
	return list, failed
}

// checkReachable reports an owner to whom no report can be sent.
func (r *Reader) checkReachable(d *document.File, n *document.Node, o *Owner) {
	if o.Email == "" && o.Slack == "" {
		d.Fail(n, "add email: or slack: to the owner", "owner %s has neither email nor slack", document.Quote(o.Name))
	}
	if o.Email != "" && r.Mail == nil {
		d.Fail(n, "add mail: {from: kpi@example.com, url_file: …} to the main file", "owner %s has an email address, but the file does not say how to send mail", document.Quote(o.Name))
	}
	if o.Slack != "" && r.Slack == nil {
		d.Fail(n, "add slack: {token_file: …} to the main file", "owner %s has a Slack channel, but the file does not say how to post to Slack", document.Quote(o.Name))
	}
}

// namesOf returns the names of owners, with spaces between them.
func namesOf(owners []*Owner) string {
	names := make([]string, len(owners))
	for i, o := range owners {
		names[i] = o.Name
	}
	return strings.Join(names, " ")
}
