package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

// wholeKPI returns a KPI in which nothing is nil or empty.
func wholeKPI(t *testing.T) *KPI {
	t.Helper()
	number, text, duration := 1.0, "none", time.Minute
	cron, err := period.ParseCron("0 6 * * *")
	if err != nil {
		t.Fatal(err)
	}
	statement := func(sql string) *sqltext.Statement {
		s, err := sqltext.Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	query := func() *Query {
		return &Query{Name: "q", Statement: statement("SELECT 1"), Columns: []string{"a"}, DataUntil: statement("SELECT 2"), Position: document.Position{File: "f"}}
	}
	bound := func() *Bound {
		return &Bound{
			Source: Fixed, Value: 1, Note: "seen", Until: time.Unix(1, 0), Past: Past{Periods: 1, Change: 1},
			Steps: []BoundStep{{From: time.Unix(1, 0), Value: &number}}, Stricter: []Bound{{Source: Fixed, Value: 1}},
		}
	}
	rule := func() BoundSet {
		both := func() BoundRange { return BoundRange{Lower: bound(), Upper: bound()} }
		return BoundSet{Target: both(), Critical: both(), Stretch: both(), Tolerance: &status.Tolerance{Amount: 1}, MinSample: &number}
	}
	database := func(name string) *Database {
		d := NewDatabase(name, "postgres://kpi:hunter2@db/app", "")
		d.DataUntil = statement("SELECT 4")
		return d
	}
	values := func() *valuesfile.Table {
		f, _ := valuesfile.Parse("period,value\n2026,1\n")
		table, _ := f.Table(valuesfile.Layout{Unit: period.Year, Calendar: period.Calendar{Location: time.UTC, YearStart: time.January}, Numbers: []valuesfile.Number{{Name: "value"}}})
		return table
	}
	input := &KPI{Name: "in", Query: query(), Databases: []*Database{database("in")}}
	return &KPI{
		Name: "it", Title: "It", Description: "d", Category: "c", Objective: "o", Owner: "o", Stages: []string{"s"}, Level: "team",
		Unit: "count", Better: Higher, Databases: []*Database{database("app")}, Query: query(), Values: values(),
		Formula: &Formula{Text: "in", Root: &Term{Operator: OpRead, KPI: input, Terms: []*Term{{Operator: OpNumber, Number: 1}}}},
		Merge:   MergeSum, MergedLabels: []string{"l"}, Calendar: period.Calendar{Location: time.UTC},
		Columns: Columns{Value: "v", Labels: []Label{{Name: "l", Closed: []string{"a"}}}, NullLabel: &text}, SuppressBelow: &number,
		Cron: &cron, Compare: []BoundSource{PreviousPeriod}, Alert: keys.Alert{For: &duration, Labels: map[string]string{"a": "b"}},
		Decisions: []*Decision{{Date: "2026-01-01", Text: "t", KPIs: []string{"k"}, Owner: "o", Link: "l"}},
		Target: &Target{
			Direction: Higher, BoundSet: rule(), Segments: []Segment{{Match: map[string]string{"l": "a"}, BoundSet: rule()}},
			From: query(), FromDatabase: database("targets"), Values: values(),
		},
	}
}

// TestFingerprintCoversEveryField changes every exported field of a KPI, however deep: the fingerprint changes with it, but
// for those that do not change what is computed.
func TestFingerprintCoversEveryField(t *testing.T) {
	k := wholeKPI(t)
	w := fieldWalk{T: t, kpi: k, input: k.Formula.Root.KPI, exempt: map[string]bool{}, seen: map[string]bool{}}
	w.before = fingerprintOf(w.kpi, w.input)
	for field := range notFingerprinted() {
		w.exempt[field] = true
	}
	w.walk("KPI", reflect.ValueOf(k).Elem(), false)
	for field := range w.exempt {
		if !w.seen[field] {
			t.Errorf("there is no field %s", field)
		}
	}
	for _, shown := range []string{"KPI.Title", "KPI.Owner", "KPI.Position"} {
		if !w.exempt[shown] {
			t.Errorf("%s changes the fingerprint", shown)
		}
	}
}

// fieldWalk changes every field within a KPI, one after the other, and looks at the fingerprint.
type fieldWalk struct {
	*testing.T
	kpi, input *KPI
	before     string
	exempt     map[string]bool // Fields that change nothing.
	seen       map[string]bool
}

func (w *fieldWalk) walk(path string, v reflect.Value, skip bool) {
	if other := otherThan(v); other != nil {
		w.try(path, v, other, skip)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() {
				name := v.Type().Name() + "." + f.Name
				w.seen[name] = true
				w.walk(path+"."+f.Name, v.Field(i), skip || w.exempt[name])
			}
		}
	case reflect.Pointer:
		if v.IsNil() {
			w.missing(path)
			return
		}
		w.walk(path, v.Elem(), skip)
		w.try(path, v, reflect.Zero(v.Type()).Interface(), skip)
	case reflect.Slice:
		if v.Len() == 0 {
			w.missing(path)
			return
		}
		w.walk(path+"[0]", v.Index(0), skip)
		w.try(path, v, v.Slice(0, 0).Interface(), skip)
	case reflect.Map:
		w.try(path, v, map[string]string{"l": "other"}, skip)
		w.try(path, v, map[string]string{}, skip)
	default:
		w.Fatalf("%s: the test knows no %s", path, v.Type())
	}
}

// otherThan returns another value of a type that is changed as a whole; nil for any other type.
func otherThan(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case time.Time:
		return x.Add(time.Hour)
	case *time.Location:
		return time.FixedZone("elsewhere", 0)
	case period.Cron:
		other, _ := period.ParseCron("0 7 * * *")
		return other
	case *valuesfile.Table:
		return &valuesfile.Table{}
	case *sqltext.Statement:
		other, _ := sqltext.Parse("SELECT 3")
		return other
	}
	switch v.Kind() {
	case reflect.String:
		return v.String() + "x"
	case reflect.Bool:
		return !v.Bool()
	case reflect.Float64:
		return v.Float() + 1
	case reflect.Int, reflect.Int64:
		return v.Int() + 1
	}
	return nil
}

// try changes a field for a moment.
func (w *fieldWalk) try(path string, v reflect.Value, other any, skip bool) {
	w.Helper()
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	v.Set(reflect.ValueOf(other).Convert(v.Type()))
	if got := fingerprintOf(w.kpi, w.input); (got == w.before) != skip {
		w.Errorf("%s: changing it changes the fingerprint: %t, want %t", path, got != w.before, !skip)
	}
	v.Set(old)
}

// missing reports a field without a value, which cannot be changed.
func (w *fieldWalk) missing(path string) {
	w.Helper()
	for _, again := range []string{"KPI.Formula.Root.", ".Stricter[0]."} { // What is within stands elsewhere, too.
		if strings.Contains(path, again) {
			return
		}
	}
	w.Errorf("%s is empty: set it in wholeKPI", path)
}

// TestFingerprintOfValues changes a file of values: what a KPI reads from it counts, and not how it is written.
func TestFingerprintOfValues(t *testing.T) {
	dir := t.TempDir()
	of := func(values string) (nps, double string) {
		write := func(name, text string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("nps.csv", values)
		write("kpi.yaml", "kpis:\n  nps: {title: NPS, period: quarter, values_file: nps.csv}\n  double: {title: D, formula: 2 * nps}\n")
		cfg, err := Load(filepath.Join(dir, "kpi.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		return cfg.KPI("nps").Fingerprint(), cfg.KPI("double").Fingerprint()
	}
	nps, double := of("period,value\n2026-Q1,31\n")
	if a, b := of("\"value\",period\r\n31.0,2026-Q1\r\n"); a != nps || b != double {
		t.Error("the order of columns changes a fingerprint")
	}
	if a, b := of("period,value\n2026-Q1,32\n"); a == nps || b == double {
		t.Error("a value changes no fingerprint, or not that of a formula over it")
	}
}

// fingerprintOf computes the fingerprint again, and those of the inputs.
func fingerprintOf(k *KPI, inputs ...*KPI) string {
	for _, each := range append(inputs, k) {
		each.fingerprint = ""
	}
	newFingerprinter().set(k)
	return k.fingerprint
}

// TestFingerprintOfDatabases says what of a database counts: where the data is, and not who reads it.
func TestFingerprintOfDatabases(t *testing.T) {
	of := func(d Database) string {
		return fingerprintOf(&KPI{Name: "it", Databases: []*Database{&d}})
	}
	base := Database{Name: "app", url: "postgres://kpi:hunter2@db/app", MaxConnections: 2}
	for name, tc := range map[string]struct {
		change  func(*Database)
		changes bool
	}{
		"name":            {func(d *Database) { d.Name = "other" }, true},
		"host":            {func(d *Database) { d.url = "postgres://kpi:hunter2@db2/app" }, true},
		"variable":        {func(d *Database) { d.url = "postgres://kpi:hunter2@${HOST}/app" }, true},
		"url_file":        {func(d *Database) { d.url, d.urlFile = "", "/run/url" }, true},
		"session":         {func(d *Database) { d.SessionTimezone = "UTC" }, true},
		"data_from":       {func(d *Database) { d.dataFrom = "2026-01-01" }, true},
		"password":        {func(d *Database) { d.url = "postgres://kpi:hunter3@db/app" }, false},
		"password_file":   {func(d *Database) { d.url, d.passwordFile = "postgres://kpi@db/app", "/run/password" }, false},
		"max_connections": {func(d *Database) { d.MaxConnections = 3 }, false},
		"position":        {func(d *Database) { d.Position.Line = 3 }, false},
	} {
		changed := base
		tc.change(&changed)
		if got := of(changed) != of(base); got != tc.changes {
			t.Errorf("%s: changes the fingerprint: %t, want %t", name, got, tc.changes)
		}
	}
}

// TestFingerprintOfAFile loads a file twice, from other folders and with other words around it.
func TestFingerprintOfAFile(t *testing.T) {
	const file = `%s
timezone: Europe/Berlin
databases: {app: {url: "${APP_DATABASE_URL}"}}
kpis:
  a: {title: %s, period: month, query: SELECT %s AS value}
  b: {title: B, formula: a / last_year(a)}
`
	of := func(text string) (a, b string) {
		path := filepath.Join(t.TempDir(), "kpi.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		return cfg.KPI("a").Fingerprint(), cfg.KPI("b").Fingerprint()
	}
	a, b := of(fmt.Sprintf(file, "", "A", "1"))
	if len(a) != 64 || len(b) != 64 || a == b {
		t.Errorf("fingerprints %q and %q", a, b)
	}
	if a2, b2 := of(fmt.Sprintf(file, "# A line more.", "Another title", "1")); a2 != a || b2 != b {
		t.Error("a title changes a fingerprint")
	}
	if a2, b2 := of(fmt.Sprintf(file, "", "A", "2")); a2 == a || b2 == b {
		t.Error("a query changes no fingerprint, or not that of a formula over it")
	}
}
