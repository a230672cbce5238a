// Package config turns KPI files into a *Config that is valid by construction: whoever holds one need not check it again.
//
// It reads files and nothing else: it opens no database and no socket, and it resolves no secret until one is needed.
package config

import (
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/decision"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/recipients"
	"github.com/kpi-exporter/kpi_exporter/internal/sqlfile"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

// defaultHistory is a year of months, and the month a year before.
const defaultHistory = 13

// defaultMaxSeries bounds what a mistake in many queries may cost.
const defaultMaxSeries = 200_000

// Config is a validated KPI file with everything it includes. Only Load makes one.
type Config struct {
	Product    string          // The product's name, "" if not set.
	GrafanaURL string          // Without a trailing slash, "" if not set.
	Stage      string          // The product's stage of life, "" if not set.
	Calendar   period.Calendar // The product's, which KPIs have that name no other.
	Databases  []*Database
	Owners     []*Owner
	Mail       *recipients.Mail  // Nil if the file does not say how to send mail.
	Slack      *recipients.Slack // Nil if it does not say how to post to Slack.
	Reports    []*Report
	Objectives []*Objective
	Decisions  []*Decision        // In the order of the files, as the KPIs.
	KPIs       []*KPI             // In the order of the files: the main file first, then its includes, sorted by path.
	Files      []string           // Every file that was read, the main file first.
	Kept       []string           // Those with on_error: keep, left out or not.
	Broken     []Broken           // Those that are not in use as they are; only Keeper.Load returns any.
	Left       Left               // What is missing because of them.
	NoMatch    error              // Why no KPI is for this exporter, where that may be because of them; else nil.
	Warnings   []document.Problem // What could be better but stops nothing; internal/lint finds more.
	LintOff    []string           // The checks that are switched off.
	MaxSeries  int                // How many samples all KPIs together may have.
	History    int                // How many periods trends show; 0: no past is read.
}

// KPI returns the KPI of that name, or nil.
func (c *Config) KPI(name string) *KPI {
	for _, k := range c.KPIs {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// NearestKPI returns a hint for an unknown KPI name, in the form "did you mean `revenue`?", or "".
func (c *Config) NearestKPI(name string) string {
	names := make([]string, len(c.KPIs))
	for i, k := range c.KPIs {
		names[i] = k.Name
	}
	return document.Nearest(name, strings.Join(names, " "))
}

// Owner is who answers for a KPI, and how they are reached.
type Owner = recipients.Owner

// Report is a report that is sent to its owners, each of whom can be reached.
type Report = recipients.Report

// Report returns the report of that name, or nil.
func (c *Config) Report(name string) *Report {
	i := slices.IndexFunc(c.Reports, func(r *Report) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return c.Reports[i]
}

// Decision is something that was decided about KPIs.
type Decision = decision.Decision

// Objective is what KPIs serve.
type Objective struct {
	Name        string
	Title       string
	Description string
	Owner       string
}

// KPI is one definition with everything that it inherits already filled in.
type KPI struct {
	Name        string
	Title       string
	Description string
	Category    string // financial, engagement, customer, product_development, team, or "".
	Objective   string // Name of an entry in Config.Objectives, or "".
	Owner       string // Need not have an entry in Config.Owners.
	Stages      []string
	Level       string // company, team or diagnostic.
	Unit        quantity.Unit
	Better      Direction // The value of better:, or "". See Direction.

	Databases     []*Database       // At least one, unless all that the KPI reads is kept by hand.
	DatabaseLabel bool              // Set with databases: samples carry the label database.
	Query         *Query            // Nil with a formula.
	Values        *valuesfile.Table // The rows of Query where they are kept by hand; else nil.
	Formula       *Formula          // Nil with a query.
	Merge         Merge             // How several databases become one value, and the rows that differ in MergedLabels only; "" if nothing is merged.
	MergedLabels  []string          // Labels of the named query that the KPI does not have, sorted.
	Total         Merge             // What the file says about how the parts make the whole, for KPIs with parts: merging or not; "" if nothing.
	Period        period.Period
	Calendar      period.Calendar
	fiscalYear    period.FiscalYear
	Settle        time.Duration // As-of is moved back by this much.

	Columns
	OnEmptyZero   bool      // No rows means 0, not "no value".
	SuppressBelow *float64  // Values from fewer samples are withheld.
	DataFrom      time.Time // Periods that begin earlier have no value; zero if the KPI does not set it: see DataBegins.
	MaxSeries     int

	Every      time.Duration // 0 when Cron is set.
	Cron       *period.Cron
	Timeout    time.Duration
	StaleAfter time.Duration // 0 means: twice the distance between firings of Cron.

	Target  *Target       // Nil without a target.
	Compare []BoundSource // PreviousPeriod and SamePeriodLastYear: the earlier values in kpi_previous_value.

	Alert     keys.Alert
	Runbook   string
	ReviewDue time.Time   // Zero if no review is planned.
	Decisions []*Decision // About the KPI, the oldest first, planned ones among them.

	Position document.Position // Where the KPI's name is in its file; for a column, where a formula first reads it.

	countsCases bool   // See CountsCases.
	fingerprint string // See Fingerprint.
}

// IsColumn reports whether k is a column of a named query, which a formula reads, and no KPI of a file.
func (k *KPI) IsColumn() bool { return strings.Contains(k.Name, ".") }

// Columns maps the columns of the result. Names are case sensitive, as the database returns them.
type Columns struct {
	Value       string // "" when it is the quotient of Numerator and Denominator.
	Numerator   string // "" or a column.
	Denominator string // "" or a column; also the sample size unless SampleSize is set.
	SampleSize  string // "" or a column.
	Labels      []Label
	NullLabel   *string // What a NULL in a label column becomes; nil: it is an error.
}

// Label is a column that becomes a label.
type Label = keys.Label

// LabelNames returns the label names of the KPI's samples in their order, the database label included.
func (k *KPI) LabelNames() []string {
	names := make([]string, 0, len(k.Labels)+1)
	for _, l := range k.Labels {
		names = append(names, l.Name)
	}
	if k.DatabaseLabel {
		names = append(names, "database")
	}
	return names
}

// SampleSizeColumn returns the column that holds the sample size, "" if none does.
func (c Columns) SampleSizeColumn() string {
	if c.SampleSize != "" {
		return c.SampleSize
	}
	return c.Denominator
}

// ColumnsIn returns the columns that the KPI reads from a result: those that the file maps, and where it maps none the columns
// with the standard names. Where several KPIs share a query, one that maps any column reads only those.
func (k *KPI) ColumnsIn(has func(column string) bool) Columns {
	c := k.Columns
	if !k.readsByName() {
		return c
	}
	byName := func(column *string, name string) {
		isLabel := slices.ContainsFunc(c.Labels, func(l Label) bool { return l.Name == name })
		if *column == "" && has(name) && !isLabel {
			*column = name
		}
	}
	byName(&c.SampleSize, "sample_size")
	byName(&c.Denominator, "denominator")
	if c.Denominator != "" {
		byName(&c.Numerator, "numerator")
	}
	switch {
	case c.Value == "value" && !has("value") && c.Numerator != "":
		c.Value = "" // The quotient will do.
	case c.Value == "":
		byName(&c.Value, "value") // Numerator and denominator make the value optional, not ignored.
	}
	return c
}

// readsByName reports whether columns with a standard name, such as sample_size, count without being mapped: in a
// query that several KPIs read, not for one that maps any.
func (k *KPI) readsByName() bool {
	mapsAny := k.Value != "value" || k.Numerator != "" || k.Denominator != "" || k.SampleSize != ""
	return k.Query.Name == "" || !mapsAny
}

// Query is SQL, or a file of values, that one or several KPIs read.
type Query struct {
	Name      string            // The named query; "" for a KPI's own.
	Statement engine.Statement  // Nil with a file of values.
	File      string            // The file of values; "" with SQL.
	Columns   []string          // Every column that some KPI reads from it, sorted; for targets, every column that it may have.
	DataUntil engine.Statement  // One row, one timestamp: how far the data reaches; nil without data_until.
	Position  document.Position // Where the first line of the SQL is.

	place      sqlfile.Place
	sql, until *sqlfile.Text // Of Statement and DataUntil; nil in a query that no file says.
	values     *valuesfile.Source
}

// At returns where in the file a place of the SQL is, or where the SQL begins if nothing else is known.
func (q *Query) At(line, column int) document.Position {
	return q.place.At(line, column)
}

// Direction returns which way is better: what the target says, else what better: says, else "".
func (k *KPI) Direction() Direction {
	if k.Target != nil {
		return k.Target.Direction
	}
	return k.Better
}

// ObjectiveTitle returns the title of the objective that the KPI serves, or "".
func (c *Config) ObjectiveTitle(k *KPI) string {
	for _, o := range c.Objectives {
		if o.Name == k.Objective {
			return o.Title
		}
	}
	return ""
}

// DashboardURL returns the address of the KPI's page in Grafana, "" without grafana_url.
func (c *Config) DashboardURL(k *KPI) string {
	if c.GrafanaURL == "" {
		return ""
	}
	return c.GrafanaURL + "/d/kpi-detail?var-kpi=" + k.Name
}

// OverviewURL returns the address of the dashboard with all KPIs, "" without grafana_url.
func (c *Config) OverviewURL() string {
	if c.GrafanaURL == "" {
		return ""
	}
	return c.GrafanaURL + "/d/kpi-overview"
}

// DataBegins returns the instant at which the data that the KPI reads from a database begins: as set by the KPI or its named
// query or, if neither does, by the database. It is zero if none sets it.
func (k *KPI) DataBegins(d *Database) time.Time {
	if !k.DataFrom.IsZero() {
		return k.DataFrom
	}
	return d.dataBegins(k.Calendar.Location)
}

// Derived returns a copy of the KPI for a value that is in no file, such as its parts or an operand of its formula. It has no target
// and compares with nothing; suffix, which says what it is, tells its fingerprint from that of k.
func (k *KPI) Derived(suffix string) *KPI {
	derived := *k
	derived.Target, derived.Compare = nil, nil
	derived.fingerprint += suffix
	return &derived
}
