package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// section returns what stands below a heading of a page, up to the next one of the same or a higher level.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	text := string(readBytes(t, "../../"+page))
	_, found, ok := strings.Cut(text, "\n"+heading+"\n")
	if !ok {
		t.Fatalf("%s has no %s", page, heading)
	}
	level, _, _ := strings.Cut(heading, " ")
	if end := regexp.MustCompile(`(?m)^#{1,` + string(rune('0'+len(level))) + `} `).FindStringIndex(found); end != nil {
		found = found[:end[0]]
	}
	return found
}

// firstColumn returns the words in backquotes that begin the rows of the tables of a section, sorted.
func firstColumn(text string) []string {
	var found []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*`) \\|").FindAllStringSubmatch(text, -1) {
		for _, word := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(row[1], -1) {
			found = append(found, word[1])
		}
	}
	slices.Sort(found)
	return found
}

// TestDocsCommands compares docs/commands.md with --help: every command has a section, and a section the flags of its command.
func TestDocsCommands(t *testing.T) {
	help, _ := program(t, exitOK, "--help")
	_, list, _ := strings.Cut(help, "\nCommands:\n")
	commands := regexp.MustCompile(`(?m)^([a-z]+(?:-[a-z]+)*(?: [a-z]+)?)\*?(?: [\[<-].*)?$`).FindAllStringSubmatch(list, -1)
	if len(commands) < 13 {
		t.Fatalf("%d commands in:\n%s", len(commands), help)
	}
	common := flagsOf(t)
	if diff := cmp.Diff(common, firstColumn(section(t, "docs/commands.md", "## Every command"))); diff != "" {
		t.Errorf("flags of every command (-help +page):\n%s", diff)
	}
	var names []string
	for _, command := range commands {
		if command[1] == "help" {
			continue
		}
		names = append(names, command[1])
		flags := slices.DeleteFunc(flagsOf(t, strings.Fields(command[1])...), func(flag string) bool { return slices.Contains(common, flag) })
		documented := slices.DeleteFunc(firstColumn(section(t, "docs/commands.md", "## "+command[1])), func(word string) bool { return !strings.HasPrefix(word, "--") })
		if diff := cmp.Diff(flags, documented); diff != "" && len(flags)+len(documented) > 0 {
			t.Errorf("flags of %s (-help +page):\n%s", command[1], diff)
		}
	}
	for _, heading := range regexp.MustCompile(`(?m)^## ([a-z].*)$`).FindAllStringSubmatch(string(readBytes(t, "../../docs/commands.md")), -1) {
		if !slices.Contains(names, heading[1]) {
			t.Errorf("there is no command %s", heading[1])
		}
	}
}

// flagsOf returns the flags that the help of a command lists, sorted.
func flagsOf(t *testing.T, command ...string) []string {
	t.Helper()
	help, _ := program(t, exitOK, append(command, "--help")...)
	var flags []string
	for _, flag := range regexp.MustCompile(`(?m)^ +(?:-[a-z], )?--(?:\[no-\])?([a-z.-]+)`).FindAllStringSubmatch(help, -1) {
		flags = append(flags, "--"+flag[1])
	}
	flags = slices.DeleteFunc(flags, func(flag string) bool { return flag == "--help-long" || flag == "--help-man" })
	slices.Sort(flags)
	return flags
}

// TestDocsMetrics compares docs/metrics.md with the families that the exporter exposes: their names, and their labels in order.
func TestDocsMetrics(t *testing.T) {
	exposed, documented := map[string]string{}, map[string]string{}
	for _, f := range series.All() {
		exposed[f.Name] = strings.Join(f.LabelNames([]string{"*own*"}), ", ")
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\|([^|]*)\\|").FindAllStringSubmatch(string(readBytes(t, "../../docs/metrics.md")), -1) {
		documented[row[1]] = strings.TrimSpace(row[2])
	}
	if diff := cmp.Diff(exposed, documented); diff != "" {
		t.Errorf("(-exposed +page):\n%s", diff)
	}
}

// TestDocsReasons compares the tables of reasons with the constants.
func TestDocsReasons(t *testing.T) {
	for heading, file := range map[string]string{
		"docs/operations.md ## Reasons of failures": "../../collector/failure.go",
		"docs/targets.md ## Status":                 "../../internal/status/status.go",
	} {
		var want []string
		for _, constant := range regexp.MustCompile(`(?m)^\t[A-Z]\w+ +(?:Failure|Unknown)Reason += "(\w+)"`).FindAllSubmatch(readBytes(t, file), -1) {
			want = append(want, string(constant[1]))
		}
		if strings.HasSuffix(file, "status.go") {
			want = append(want, "failed") // What tests and reports say about a KPI without a result.
		}
		slices.Sort(want)
		page, title, _ := strings.Cut(heading, " ")
		got := slices.DeleteFunc(firstColumn(section(t, page, title)), func(word string) bool { return strings.HasPrefix(word, "kpi_") })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-%s +page):\n%s", heading, file, diff)
		}
	}
}

// TestDocsHeadings keeps what users looked for where they look for it: in a heading.
func TestDocsHeadings(t *testing.T) {
	var headings []string
	for _, page := range docsPages(t) {
		text := docsFences.ReplaceAllString(string(readBytes(t, "../../"+page)), "")
		for _, heading := range docsHeading.FindAllStringSubmatch(text, -1) {
			headings = append(headings, heading[1])
		}
	}
	all := strings.Join(headings, "\n")
	for _, word := range []string{
		"`segments`", "`stretch`", "`level`", "`week_start`", "`year_start`", "`fiscal_year`", "`data_from`", "`grafana_url`", "`runbook`",
		"the map form of `labels`", "different periods", "Keys of a target", "Keys of a bound",
	} {
		if !strings.Contains(all, word) {
			t.Errorf("no heading has %s", word)
		}
	}
}
