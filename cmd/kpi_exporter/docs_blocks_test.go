package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// docsPage is a page while its blocks are tested.
type docsPage struct {
	*testing.T
	dir       string
	database  string            // URL of a database with docsFixture.
	reader    string            // The same for a role that may only read.
	addresses map[string]string // Where a program listens, by the port that the pages say.
	names     []string          // Pairs for strings.NewReplacer: what the pages say, and what it is here.
	exports   string            // The commands of earlier blocks that set variables.
	output    string            // What the last command printed, to stdout and stderr.
}

// docsKinds holds what is done with each kind of block. A function returns "" or what is wrong.
var docsKinds = map[string]func(*docsPage, docsBlock) string{
	"yaml kpi-file":     (*docsPage).kpiFile,     // A whole KPI file. file= names it for later blocks; with bad it has mistakes.
	"yaml part":         (*docsPage).part,        // Sections of a KPI file.
	"yaml keys":         (*docsPage).keys,        // Keys of one KPI.
	"yaml target":       (*docsPage).target,      // Keys of one target; unit=, period= and better= belong to its KPI.
	"yaml file":         (*docsPage).file,        // A file that a later block reads; path=.
	"csv file":          (*docsPage).file,        // The same for values that are kept by hand.
	"yaml prometheus":   (*docsPage).prometheus,  // A configuration of Prometheus, kept as prometheus.yml.
	"yaml alertmanager": (*docsPage).amtool,      // A configuration of Alertmanager, kept as alertmanager.yml.
	"yaml web":          (*docsPage).webConfig,   // A file for --web.config.file, kept as web.yml.
	"yaml parsed":       (*docsPage).parsed,      // YAML for what tests do not run; see notRun.
	"sql run":           (*docsPage).sqlRun,      // SQL that is run in the database of the page.
	"sql role":          (*docsPage).sqlRole,     // The exporter's role, which the url in a later block uses.
	"sql query":         (*docsPage).sqlQuery,    // The query of a KPI; period=, labels=.
	"sql condition":     (*docsPage).condition,   // A condition of such a query; column=type for its columns.
	"sh run":            (*docsPage).shell,       // Commands; exit= is their exit code, 0 by default.
	"sh start":          (*docsPage).start,       // One command that serves until the end of the page.
	"sh interrupt":      (*docsPage).interrupt,   // Commands of which the last waits for Ctrl-C.
	"sh make":           (*docsPage).makeTargets, // Calls of make, of which only the commands are looked up.
	"sh test":           (*docsPage).otherTest,   // Commands that the test named by by= runs.
	"sql test":          (*docsPage).otherTest,   // Likewise.
	"yaml test":         (*docsPage).otherTest,   // Likewise.
	"sh parsed":         (*docsPage).parsed,      // Commands for what tests do not run; see notRun.
	"text output":       (*docsPage).printed,     // What the command before prints; … is any text, within a line or instead of lines.
	"text demo":         (*docsPage).demo,        // Rows of the demo, whose values depend on the day.
	"text metrics":      (*docsPage).metrics,     // Lines of /metrics, written in columns, with comments.
	"text message":      (*docsPage).message,     // What Alertmanager sends; it is in the expected output of internal/rules.
	"promql query":      (*docsPage).promQL,      // Expressions, separated by empty lines.
	"json output":       (*docsPage).jsonOutput,  // The same as text, for JSON.
}

// notRun holds, by a word of theirs, blocks that are only parsed, and why.
var notRun = map[string]string{
	"docker":    "needs Docker and images from the network",
	"systemctl": "needs systemd and root",
	"helm ":     "needs Kubernetes; tools/kubernetes renders what it installs",
	"services:": "needs Docker and images from the network",
	"sudo ":     "needs root",
}

// docsFixture is what readers have: the tables of the example product with data until June 2026, and the orders of a shop, 90 to
// 149 a day.
const docsFixture = `
CREATE TABLE orders (order_id bigint PRIMARY KEY, country text NOT NULL, amount numeric NOT NULL, created_at timestamptz NOT NULL);
INSERT INTO orders
SELECT row_number() OVER (), (ARRAY['DE', 'FR', 'US'])[1 + n % 3], 20 + n % 50, day + n * interval '9 minutes'
FROM generate_series(timestamptz '2025-01-01 00:00+01', '2026-06-01', '1 day') WITH ORDINALITY AS d (day, i),
  generate_series(1, 90 + (i * 37 % 60)::int) AS n;
`

// docsURL is the address of the reader's database on the pages.
const docsURL = "postgres://kpi_exporter:change-me@localhost:5432/shop?sslmode=disable"

// docsPrograms are those that a block may start, by their ports, with flags that tests need.
var docsPrograms = map[string]struct{ port, flags string }{
	"kpi_exporter": {"10574", ""},
	"prometheus":   {"9090", ""},
	"alertmanager": {"9093", "--cluster.listen-address= --storage.path=alertmanager-data"},
}

func newDocsPage(t *testing.T) *docsPage {
	t.Helper()
	p := &docsPage{T: t, dir: t.TempDir(), addresses: map[string]string{}}
	p.database = productDatabase(t, "testdata/product.sql")
	postgres.Exec(t, p.database, docsFixture)
	p.reader = postgres.NewReader(t, p.database)
	p.names = []string{docsURL, p.reader}
	for _, program := range docsPrograms {
		address, err := freeAddress()
		if err != nil {
			t.Fatal(err)
		}
		p.addresses[program.port] = address
		p.names = append(p.names, "localhost:"+program.port, address)
	}
	bin := filepath.Join(p.dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, found := range map[string]string{"kpi_exporter": "kpi_exporter", "bin/alertmanager": "prometheus-alertmanager"} {
		path, err := exec.LookPath(found)
		if err == nil {
			err = os.Symlink(path, filepath.Join(p.dir, name))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// No links: a KPI file may not read what is elsewhere.
	if err := os.CopyFS(filepath.Join(p.dir, "sql"), os.DirFS("../../examples/product/sql")); err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile("../../examples/product/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(p.dir, "schema.sql"), string(schema))
	return p
}

func (p *docsPage) write(name, text string) string {
	p.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.Fatal(err)
	}
	return writeText(p, path, strings.NewReplacer(p.names...).Replace(text))
}

// bash returns a command that runs the text where the page's files are, with every variable of a database set.
func (p *docsPage) bash(ctx context.Context, text string) *exec.Cmd {
	text = strings.NewReplacer(p.names...).Replace(p.exports + text)
	bash := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", text)
	bash.Dir, bash.WaitDelay = p.dir, time.Second
	bash.Env = append(os.Environ(), "PATH="+filepath.Join(p.dir, "bin")+":"+os.Getenv("PATH"))
	for _, name := range []string{"APP", "EU", "KPI", "SHOP", "US", "WAREHOUSE"} {
		bash.Env = append(bash.Env, name+"_DATABASE_URL="+p.reader)
	}
	bash.Env = append(bash.Env, "KPI_TEST_DATABASE_URL="+p.database)
	return bash
}

// run runs a command and keeps what it prints.
func (p *docsPage) run(bash *exec.Cmd, code string) string {
	out, err := bash.CombinedOutput()
	p.output = string(out)
	if bash.ProcessState == nil || fmt.Sprint(bash.ProcessState.ExitCode()) != cmp.Or(code, "0") {
		return fmt.Sprintf("%v, want exit code %s:\n%s", err, cmp.Or(code, "0"), out)
	}
	return ""
}

func (p *docsPage) command(text string) string {
	ctx, cancel := context.WithTimeout(p.Context(), 2*time.Minute)
	defer cancel()
	return p.run(p.bash(ctx, text), "0")
}

// check has check read a KPI file, and the database plan its queries.
func (p *docsPage) check(name, text string) string {
	p.write(name, text)
	if complaint := p.command("kpi_exporter check --connect --config.file " + name); complaint != "" {
		return text + complaint
	}
	return ""
}

func (p *docsPage) file(b docsBlock) string {
	p.write(b.options["path"], b.text)
	return ""
}

// parsed is for blocks that cannot run everywhere: their syntax is right, and notRun says why they are not run.
func (p *docsPage) parsed(b docsBlock) string {
	known := false
	for word := range notRun {
		known = known || strings.Contains(b.text, word)
	}
	if !known {
		return "notRun does not say why it is not run"
	}
	if strings.HasPrefix(b.kind, "sh") {
		return p.run(exec.CommandContext(p.Context(), "bash", "-n", "-c", b.text), "0")
	}
	if strings.HasPrefix(b.kind, "yaml") {
		if err := yaml.Unmarshal([]byte(b.text), new(any)); err != nil {
			return err.Error()
		}
	}
	return ""
}

// otherTest trusts a test that exists.
func (p *docsPage) otherTest(b docsBlock) string {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		p.Fatal(err)
	}
	for _, file := range files {
		if by := b.options["by"]; by != "" && bytes.Contains(readBytes(p, file), []byte("func "+by+"(t *testing.T) {")) {
			return ""
		}
	}
	return "there is no test " + b.options["by"]
}
