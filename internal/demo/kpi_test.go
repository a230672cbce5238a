package demo

import (
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/target"
)

// load writes the KPI file for a database, wherever that is, and loads it.
func load(t *testing.T, databasePath string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpi.yaml")
	if err := os.WriteFile(path, KPIFile(databasePath), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestKPIFile(t *testing.T) {
	const path = `/some where/a "b": #1.db`
	c := load(t, path)
	for _, w := range c.Warnings {
		t.Errorf("warning: %v", w)
	}
	url, err := c.Databases[0].URL()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := url.Reveal(), "sqlite://"+path; got != want {
		t.Errorf("the database is %s, want %s", got, want)
	}
	categories := map[string]bool{}
	for _, k := range c.KPIs {
		categories[k.Category] = true
		if k.Title == "" || k.Description == "" || k.Objective == "" || k.Owner == "" || k.Unit == "" || k.Target == nil {
			t.Errorf("kpi %q lacks one of title, description, objective, owner, unit and target", k.Name)
		}
	}
	if len(c.KPIs) < 10 || len(categories) != 5 {
		t.Errorf("%d KPIs of %d categories, want at least 10 of 5", len(c.KPIs), len(categories))
	}
}

// TestStatuses checks what the demo promises: whatever the date, some KPIs are on target, some at risk and some off.
func TestStatuses(t *testing.T) {
	for _, now := range []string{
		"2026-01-01 00:00:00", // The first moment of a year.
		"2026-08-31 12:00:00", // A month end, and that of a quiet summer.
		"2026-11-22 03:04:05", // A Sunday.
		"2026-12-31 23:59:59", // The last moment of a year.
		"2028-02-29 09:30:00", // A day without a year before.
	} {
		t.Run(now, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.DateTime, now)
			if err != nil {
				t.Fatal(err)
			}
			db := writeAt(t, filepath.Join(t.TempDir(), "product.db"), at)
			found := map[target.Status][]string{}
			for _, k := range load(t, "unused.db").KPIs {
				for name, status := range statuses(t, db, k, at) {
					found[status] = append(found[status], name)
				}
			}
			for _, status := range []target.Status{target.OnTarget, target.AtRisk, target.OffTarget, target.Unknown} {
				if len(found[status]) == 0 {
					t.Errorf("nothing is %s: %v", status, found)
				}
			}
		})
	}
}

// statuses evaluates one KPI and returns its statuses by name and labels.
func statuses(t *testing.T, db *sql.DB, k *config.KPI, at time.Time) map[string]target.Status {
	t.Helper()
	window, previous := k.Period.Window(at, k.Calendar), k.Period.Previous(at, k.Calendar)
	parameters := map[string]any{
		"as_of":          at.Format(time.DateTime),
		"period_start":   window.Start.Format(time.DateTime),
		"period_end":     window.End.Format(time.DateTime),
		"previous_start": previous.Start.Format(time.DateTime),
		"previous_end":   previous.End.Format(time.DateTime),
		"timezone":       k.Calendar.Location.String(),
	}
	query, names := k.Query.Statement.Render(func(ordinal int, _ string) string { return "?" + strconv.Itoa(ordinal) })
	var args []any
	for _, name := range names {
		args = append(args, parameters[name])
	}
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("kpi %q: %v", k.Name, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]target.Status{}
	for rows.Next() {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatalf("kpi %q: %v", k.Name, err)
		}
		row := map[string]any{}
		for i, column := range columns {
			row[column] = values[i]
		}
		label := func(name string) string { return row[name].(string) }
		name := k.Name
		for _, l := range k.Labels {
			name += " " + label(l.Name)
		}
		found[name] = status(t, k, row, k.Target.For(label))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("kpi %q: %v", k.Name, err)
	}
	if len(found) == 0 {
		t.Errorf("kpi %q has no rows", k.Name)
	}
	return found
}

// status judges one row.
func status(t *testing.T, k *config.KPI, row map[string]any, rule config.Rule) target.Status {
	t.Helper()
	number := func(column string) float64 {
		switch n := row[column].(type) {
		case int64:
			return float64(n)
		case float64:
			return n
		}
		t.Fatalf("kpi %q: column %q holds %v", k.Name, column, row[column])
		return 0
	}
	var value float64
	if k.Value != "" {
		value = number(k.Value)
	} else {
		value = number(k.Numerator) / number(k.Denominator)
	}
	if rule.MinSample != nil && number(k.SampleSizeColumn()) < *rule.MinSample {
		return target.Unknown
	}
	return target.Judge(value, rule.Bounds())
}
