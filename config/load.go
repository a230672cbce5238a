package config

import (
	"cmp"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/decision"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/recipients"
	"github.com/kpi-exporter/kpi_exporter/internal/sqlfile"
	"github.com/kpi-exporter/kpi_exporter/internal/targets"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

// loader joins a main file and what it includes into one Config.
type loader struct {
	keys       *keys.Table
	targets    targets.Keys
	report     *document.Report
	config     *Config
	timezone   document.Field[*time.Location] // The main file's.
	checks     []string                       // That may be switched off; nil for any.
	otherZone  *time.Location                 // In its place; nil to use it.
	include    []document.Pattern
	namedBy    map[string][]string // By file of SQL or values: the files that name it, in their order.
	without    Without
	defined    map[Definition]string // By what is defined: the file whose definition is in use.
	files      []*file
	recipients recipients.Reader
	queryFiles []string
	broken     bool // A file could not be read, so what seems unknown may be in it.
	keeps      bool // There are included files with on_error: keep.
	blamed     map[place]blame

	databases     map[string]*Database
	owners        map[string]document.Position
	objectives    map[string]document.Position
	queries       map[string]*queryDecl
	queryNames    map[string]document.Position
	kpis          map[string]document.Position
	decisions     decision.Reader
	values        valuesfile.Reader
	decls         map[string]*kpiDecl
	columns       map[string]*kpiDecl // That formulas read, by query.column.
	open          []*kpiDecl          // That are being resolved, each for the one before it.
	failedReports []string
	failed        map[*kpiDecl]bool // That have errors, or read what has.
}

// Options change how a file is read.
type Options struct {
	Checks []string       // What lint: {off: [...]} may name, those of internal/lint; nil lets it name anything.
	Zone   *time.Location // The time zone of the main file, whatever it sets; nil for what it sets.
	Files  document.Files // Where the files are read from; nil for the disk. Files of secrets are always on the disk.
}

// Load reads the file at path and the files that it includes. The error is of type Problems and holds everything that is
// wrong with any of them; what deserves a warning is in Config.Warnings. Files are named in both as path names them.
func Load(path string) (*Config, error) { return LoadWith(path, Options{}) }

// LoadWith reads files as Load does, with options.
func LoadWith(path string, o Options) (*Config, error) {
	l := newLoader(o)
	l.load(path)
	if problems := l.report.Errors(); len(problems) > 0 {
		return nil, problems
	}
	return l.finish(), nil
}

// finish returns what was read without errors.
func (l *loader) finish() *Config {
	fingerprints := newFingerprinter()
	for _, k := range l.config.KPIs {
		fingerprints.set(k)
	}
	l.config.Warnings = l.config.switchedOn(l.report.Warnings())
	return l.config
}

func newLoader(o Options) *loader {
	l := &loader{
		checks:     o.Checks,
		otherZone:  o.Zone,
		report:     document.NewReportFrom(cmp.Or[document.Files](o.Files, document.Disk{})),
		config:     &Config{History: defaultHistory, MaxSeries: defaultMaxSeries},
		databases:  map[string]*Database{},
		owners:     map[string]document.Position{},
		objectives: map[string]document.Position{},
		queries:    map[string]*queryDecl{},
		queryNames: map[string]document.Position{},
		kpis:       map[string]document.Position{},
		decls:      map[string]*kpiDecl{},
		columns:    map[string]*kpiDecl{},
		failed:     map[*kpiDecl]bool{},
		namedBy:    map[string][]string{},
		blamed:     map[place]blame{},
	}
	l.keys = keys.NewTable(l.kpiKeys())
	l.targets = targets.NewKeys()
	return l
}

func (l *loader) load(path string) {
	main := l.read(path, nil)
	if main == nil {
		return
	}
	l.readIncluded(main)
	l.config.Files = append(l.config.Files, l.queryFiles...)
	l.failTooMany()
	l.registerNames()
	l.checkLabels()
	l.config.Mail, l.config.Slack = l.recipients.Mail, l.recipients.Slack
	l.config.Reports, l.failedReports = l.recipients.Reports(l.config.Owners, !l.broken, func(owner string, check func()) {
		at, isKnown := l.owners[owner]
		needs := isKnown && len(l.kept(at.File)) > 0 || !isKnown && l.isMissing(main.File, owner, l.owners)
		l.blameFor(blame{needs: needs}, check)
	})
	l.config.Calendar = l.calendar(main.defaults)
	for _, f := range l.files {
		for _, decl := range f.kpis {
			l.config.KPIs = append(l.config.KPIs, l.resolve(decl))
		}
	}
	l.readDecisions()
	for _, k := range l.config.KPIs {
		k.Decisions = decision.Of(l.config.Decisions, k.Name)
	}
	l.parseRest()
	l.finishQueries()
	if len(l.config.KPIs) == 0 && main.ErrorCount() == 0 && len(l.without.Files) == 0 && !l.without.any() {
		main.FailFile("there are no kpis", "write kpis: and below it a name with a title, a period and a query")
	}
}

// read reads one file; it returns nil when nothing can be said about its content. failed reports why an included file cannot be read; it
// is nil for the main file.
func (l *loader) read(path string, failed func(d *document.File, reason error, hint string)) *file {
	read, isMain := l.report.ReadInside, failed == nil
	if isMain {
		read = func(path string) (*document.File, string, error) {
			d, err := l.report.Read(path, false)
			return d, "", err
		}
	}
	d, hint, err := read(path)
	l.config.Files = append(l.config.Files, d.Name)
	if err != nil {
		l.broken = true
		if isMain {
			d.FailFile(err.Error(), hint)
		} else {
			failed(d, err, hint)
		}
		return nil
	}
	if !isMain && l.isForeign(d) {
		l.broken = true
		return nil
	}
	root := d.Parse()
	if root == nil {
		l.broken = true
		return nil
	}
	f := &file{File: d}
	l.files = append(l.files, f)
	l.decodeFile(f, root, isMain)
	return f
}

// registerNames makes what the files name known to all of them. Names are unique over all files.
func (l *loader) registerNames() {
	for i, f := range l.files {
		for _, db := range f.databases {
			l.databases[db.Name] = db
			l.config.Databases = append(l.config.Databases, db)
		}
		for _, o := range f.owners {
			if l.unique(f, ownerName, o.n, l.owners) {
				l.config.Owners = append(l.config.Owners, o.Owner)
			}
		}
		for _, o := range f.objectives {
			if l.unique(f, objectiveName, o.n, l.objectives) {
				l.config.Objectives = append(l.config.Objectives, &o.Objective)
			}
		}
		for _, q := range f.queries {
			if !l.unique(f, queryName, q.n, l.queryNames) {
				continue
			}
			l.queries[q.n.Value] = q
			if db := l.databases[q.n.Value]; db != nil && keys.Get[*sqlfile.Text](q.Settings, "data_until").OK && db.DataUntil != nil {
				f.Fail(q.n, "give the query another name", "query %s has the name of a database, and both have a data_until: late data would be ambiguous", document.Quote(q.n.Value))
			}
		}
		for _, k := range f.kpis {
			if l.unique(f, kpiName, k.n, l.kpis) {
				l.decls[k.n.Value] = k
			}
		}
		if i > 0 {
			f.defaults = l.keys.Inherit(f.defaults, l.files[0].defaults)
		}
	}
}

// parseRest parses the SQL that no KPI runs, for what is wrong with it.
func (l *loader) parseRest() {
	unparsed := func(sql *sqlfile.Text, databases ...*Database) {
		if sql != nil && !sql.Parsed() {
			parse(sql, databases...)
		}
	}
	for _, f := range l.files {
		for _, q := range f.queries {
			var databases []*Database
			if d := l.databases[q.Text("database").Value]; d != nil {
				databases = append(databases, d)
			}
			unparsed(sqlOf(q.Settings), databases...)
			unparsed(keys.Get[*sqlfile.Text](q.Settings, "data_until").Value, databases...)
		}
		for _, k := range f.kpis {
			unparsed(sqlOf(k.Settings))
		}
	}
}

// finishQueries gives each query the columns that are read from it, and looks for queries that do not fit their KPIs.
func (l *loader) finishQueries() {
	var columns []*KPI
	for _, decl := range l.columns {
		columns = append(columns, decl.made)
	}
	for _, k := range append(columns, l.config.KPIs...) {
		if k.Query != nil {
			k.Query.Columns = append(k.Query.Columns, k.columnNames()...)
		}
		if k.Target != nil && k.Target.From != nil {
			k.Target.From.Columns = append(k.Target.From.Columns, k.planColumns()...)
		}
	}
	for _, f := range l.files {
		for _, q := range f.queries {
			for _, label := range keys.Get[[]keys.Label](q.Settings, "labels").Value { // A rollup reads none of them.
				if q.made != nil {
					q.made.Columns = append(q.made.Columns, label.Name)
				}
			}
		}
	}
	tidy := func(q *Query) { // Several KPIs may share it; sorting it again changes nothing.
		slices.Sort(q.Columns)
		q.Columns = slices.Compact(q.Columns)
	}
	for _, k := range append(columns, l.config.KPIs...) {
		if k.Query != nil {
			tidy(k.Query)
		}
		if k.Target != nil && k.Target.From != nil {
			tidy(k.Target.From)
		}
	}
	for _, f := range l.files {
		for _, q := range f.queries {
			l.shared(q)
			switch {
			case len(q.used) > 0 && len(q.targetsOf) > 0:
				l.failPlanned(q)
			case len(q.used) == 0 && len(q.targetsOf) == 0 && !l.broken && !l.without.any():
				f.Warn("unused_query", q.n, "", "no KPI reads query %s", document.Quote(q.n.Value))
			}
			l.mergedLabels(q)
		}
		for _, decl := range f.kpis {
			l.about(decl, decl.checkMerge)
		}
	}
	l.finishValues()
	for _, k := range l.config.KPIs {
		k.countsCases = l.config.countsCases(k)
	}
}

// columnNames returns the columns that the KPI reads.
func (c Columns) columnNames() []string {
	names := make([]string, 0, 4+len(c.Labels))
	for _, name := range []string{c.Value, c.Numerator, c.Denominator, c.SampleSize} {
		if name != "" {
			names = append(names, name)
		}
	}
	for _, l := range c.Labels {
		names = append(names, l.Name)
	}
	return names
}

// readQueryFile reads SQL that is in a file of its own.
func (l *loader) readQueryFile(d *document.File, n *document.Node, what string) document.Field[*sqlfile.Text] {
	return sqlfile.ReadFile(d, n, what, func(name string) { l.named(d, name) })
}
