// Package recipients reads who gets reports and alerts, and how they are reached: the owners, the mail server, Slack and the reports of a
// KPI file. It knows no KPI.
package recipients

import (
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

// Reader reads what a file says about delivery.
type Reader struct {
	Mail    *Mail  // Nil if the file does not say how to send mail.
	Slack   *Slack // Nil if it does not say how to post to Slack.
	reports []*reportDecl
}

// Sections describe the keys, for the schema and the reference page.
func Sections() []schema.Section {
	return []schema.Section{
		keys.Section("Keys of an owner", "An owner of a KPI needs no entry here; without one, alerts go to the fallback owner.", ownerKeys()),
		keys.Section("Keys of mail", "One of `url_file` and `url` must be there.", mailKeys()),
		keys.Section("Keys of slack", "One of `token_file` and `token` must be there.", slackKeys()),
		keys.Section("Keys of a report", "", reportKeys()),
	}
}
