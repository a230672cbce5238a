package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
)

// hostileRow is a label that a database holds: a control sequence, in both encodings, marks of direction, and a line of its own.
const hostileRow = "a\x1b[31m\u202e\r\nFORGED\u009b1m\u2066\x7f"

// hostileFile says the same where a KPI file has text. In YAML, \e is the escape character.
const hostileFile = `product: "Shop\e[31m\u202e\nFORGED"
databases: {app: {url: "sqlite://app.db"}}
owners:
  "own\u202e\e[1m": {slack: "#kpis", email: a@shop.example}
mail: {from: kpi@shop.example, url_file: mail}
slack: {token_file: slack}
reports: {weekly: {to: ["own\u202e\e[1m"]}}
decisions: [{date: 2026-03-03, text: "Price\e[31m\u202e\nFORGED", kpis: [orders]}]
kpis:
  orders:
    title: "Orders \e[31m\u202e\u009b1m"
    description: "Said \e[31m\u202e\nFORGED"
    owner: "own\u202e\e[1m"
    labels: [plan]
    period: instant
    query: "SELECT 3 AS value, plan FROM orders /* \e[31m\u202e\nFORGED */"
    target: {at_least: 5}
  broken:
    title: "Broken \e[31m\u202e\u009b1m"
    period: instant
    query: "SELECT 3 AS value FROM \"gone\e[31m\u202e\u009b1m\nFORGED\""
`

// What a file, a row or a database's error says is shown, never obeyed: no control sequence and no mark of direction reaches a terminal, a
// comment on a pull request, a page or a message, and no text makes a line of its own.
func TestInert(t *testing.T) {
	t.Parallel()
	dir := hostileFolder(t)
	for name, test := range map[string]struct{ args, want string }{
		"check":            {"check", "no errors"},
		"check connect":    {"check --connect", `no such table: gone\\x1b\[31m\\u202e\\u009b1m\\nFORGED`},
		"check github":     {"check --connect --format github", `no such table: gone\\x1b\[31m\\u202e\\u009b1m\\nFORGED`},
		"check broken":     {"check --config.file wrong.yaml", `did you mean|unknown`},
		"query":            {"query", `plan=a\\x1b\[31m\\u202e\\r\\nFORGED\\u009b1m\\u2066\\x7f +3 `},
		"query csv":        {"query --output csv", `"a\\x1b\[31m\\u202e`},
		"query json":       {"query --output json", `\\u001b\[31m\\u202e\\r\\nFORGED\\u009b1m\\u2066\\u007f`},
		"query last":       {"query --last 3", "LAST 3"},
		"query why":        {"query --why", `no such table: gone\\x1b`},
		"query why json":   {"query --why --output json orders", `\\u202e`},
		"query explain":    {"query --explain", `(?m)^Orders \\x1b\[31m\\u202e\\u009b1m by plan `},
		"report":           {"report", `Orders`},
		"report markdown":  {"report --format markdown", `Orders`},
		"report html":      {"report --format html", `<h1>Shop\\x1b\[31m\\u202e`},
		"report json":      {"report --format json", `"Orders \\u001b\[31m\\u202e\\u009b1m"`},
		"report dry run":   {"report --send weekly --dry-run", `(?s)==> mail to own.*==> Slack message to own`},
		"catalog":          {"generate catalog --output catalog", "catalog.md"},
		"catalog is there": {"generate catalog --output stale --check", "stale/catalog.md is not what"},
		"diff":             {"diff old.yaml kpi.yaml --connect", "orders"},
		"diff markdown":    {"diff old.yaml kpi.yaml --connect --format markdown", `title: Sales → Orders \\\\x1b`},
		"diff json":        {"diff old.yaml kpi.yaml --connect --format json", `\\u202e`},
		"test":             {"test test.yaml", `plan=a\\x1b`},
		"backfill":         {"backfill orders broken --from 2026-01-01 --to 2026-01-02 --output x.om", "error|warning"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := printed(t, dir, strings.Fields(test.args)...)
			if !regexp.MustCompile(test.want).MatchString(out) {
				t.Errorf("the output lacks %s:\n%s", test.want, out)
			}
			wantInert(t, name, out)
		})
	}
	t.Run("written files", func(t *testing.T) {
		t.Parallel()
		printed(t, dir, "generate", "catalog", "--output", "written")
		printed(t, dir, "report", "--format", "html", "--output", "written/report.html")
		for _, name := range []string{"catalog.md", "report.html"} {
			text, err := os.ReadFile(filepath.Join(dir, "written", name))
			if err != nil {
				t.Fatal(err)
			}
			wantInert(t, name, strings.ReplaceAll(string(text), "\nFORGED", "")) // Text of several lines has several.
		}
	})
	t.Run("log", func(t *testing.T) {
		t.Parallel()
		for _, format := range []string{"logfmt", "json"} {
			s := startServer(t, filepath.Join(dir, "kpi.yaml"), "--log.format", format, "--log.level", "debug")
			s.awaitLog("no such table")
			s.end()
			log, err := os.ReadFile(s.log)
			if err != nil {
				t.Fatal(err)
			}
			wantInert(t, format, string(log))
			for line := range strings.Lines(string(log)) {
				if format == "json" && !json.Valid([]byte(line)) {
					t.Errorf("no JSON: %s", line)
				}
			}
		}
	})
}

// hostileFolder is a folder with hostile files and a database.
func hostileFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"kpi.yaml":         hostileFile,
		"wrong.yaml":       "kpis:\n  \"a\\e[31m\\u202e\\nFORGED\": {title: \"B\\u202e\", \"perod\\e\": day} # \u202e\n",
		"old.yaml":         "databases: {app: {url: \"sqlite://app.db\"}}\nkpis: {orders: {title: Sales, period: instant, labels: [plan], query: \"SELECT 2 AS value, plan FROM orders\"}}\n",
		"stale/catalog.md": "\x1b[31m\u202e\n",
		"schema.sql":       "CREATE TABLE orders (plan text);\nCREATE TABLE \"gone\x1b[31m\u202e\u009b1m\nFORGED\" (x int);\n",
		"test.yaml": `kpi_file: kpi.yaml
schema: schema.sql
rows:
  orders:
    - {plan: "a\e[31m\u202e\nFORGED"}
cases:
  - name: "a case\e[31m"
    as_of: 2026-04-01T12:00:00Z
    expect: {orders: [{plan: basic, value: 7}]}
`,
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sqlx.Open("sqlite", filepath.Join(dir, "app.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE orders (plan text); INSERT INTO orders VALUES (?)", hostileRow); err != nil {
		t.Fatal(err)
	}
	return dir
}

// printed returns all that a command prints.
func printed(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "kpi_exporter", args...)
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput() // The exit code is for others to check.
	return string(out)
}

// wantInert checks that nothing in a text is obeyed, and that no line is forged.
func wantInert(t *testing.T, what, text string) {
	t.Helper()
	for i, line := range strings.Split(text, "\n") {
		if at := regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]`).FindStringIndex(strings.TrimSuffix(line, "\r")); at != nil {
			t.Errorf("%s, line %d: %q", what, i+1, line)
		}
		if mayBreak := strings.HasSuffix(what, "csv") || strings.HasSuffix(what, "html"); strings.HasPrefix(strings.TrimLeft(line, " >-*#"), "FORGED") && !mayBreak {
			t.Errorf("%s, line %d is forged: %q", what, i+1, line)
		}
	}
}

// A program reads in the CSV what the row says, but for what a terminal obeys. The line break stays, in quotes.
func TestInertCSV(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), "kpi_exporter", "query", "orders", "--output", "csv")
	cmd.Dir = hostileFolder(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	const want = "a\\x1b[31m\\u202e\nFORGED\\u009b1m\\u2066\\u007f" // The reader takes \r\n for \n.
	if err != nil || len(rows) != 2 || !slices.Contains(rows[1], want) {
		t.Errorf("%q, %v; want a cell %q", rows, err, want)
	}
}
