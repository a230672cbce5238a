package dashboards

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// optionTypes are where Grafana declares the options of each type of panel.
var optionTypes = map[string]string{
	"stat":           "stat/panelcfg/x/StatPanelCfg_types.gen",
	"gauge":          "gauge/panelcfg/x/GaugePanelCfg_types.gen",
	"bargauge":       "bargauge/panelcfg/x/BarGaugePanelCfg_types.gen",
	"table":          "table/panelcfg/x/TablePanelCfg_types.gen",
	"timeseries":     "timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen",
	"state-timeline": "statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen",
}

// TestGrafanaTypes has the TypeScript compiler check every dashboard against Grafana's own types: no key that Grafana
// does not know, and no value that it would not take.
func TestGrafanaTypes(t *testing.T) {
	dir := t.TempDir()
	// Grafana reads every .json file below a folder as a dashboard, so these have another name here.
	sources, err := filepath.Glob("testdata/typecheck/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		content, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, strings.TrimSuffix(filepath.Base(source), ".txt")), content)
	}
	for _, d := range all() {
		write(t, filepath.Join(dir, d.UID+".ts"), typescript(t, d))
	}
	execute(t, dir, "npm", "ci", "--prefer-offline", "--fetch-retries=5", "--ignore-scripts", "--no-audit", "--no-fund")
	files, err := filepath.Glob(filepath.Join(dir, "*.ts"))
	if err != nil {
		t.Fatal(err)
	}
	execute(t, dir, filepath.Join(dir, "node_modules", ".bin", "tsc"), append([]string{
		"--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler",
	}, files...)...)
}

// typescript declares a dashboard, and of each panel what its type alone has, to be of Grafana's types.
func typescript(t *testing.T, d dashboard) []byte {
	t.Helper()
	var b strings.Builder
	b.WriteString("import type { Dashboard } from '@grafana/schema';\nimport type { Plain } from './plain';\n")
	for i, path := range optionTypes {
		fmt.Fprintf(&b, "import type * as %s from '@grafana/schema/dist/esm/raw/composable/%s';\n", identifier(i), path)
	}
	fmt.Fprintf(&b, "export const dashboard: Plain<Dashboard> = %s;\n", encoded(t, general(t, d)))
	for i, p := range d.Panels {
		name, ok := optionTypes[p.Type]
		if !ok {
			t.Fatalf("panel %q: no types for a %s, of %s", p.Title, p.Type, name)
		}
		fmt.Fprintf(&b, "export const options%d: Plain<Partial<%s.Options>> = %s;\n", i, identifier(p.Type), encoded(t, p.Options))
		if custom := p.FieldConfig.Defaults.Custom; custom != nil {
			fmt.Fprintf(&b, "export const custom%d: Plain<Partial<%s.FieldConfig>> = %s;\n", i, identifier(p.Type), encoded(t, custom))
		}
	}
	return []byte(b.String())
}

// general is a dashboard without what Grafana's types leave to the data source: how its annotations are asked for.
func general(t *testing.T, d dashboard) any {
	t.Helper()
	plain := decoded(t, d).(map[string]any)
	for _, a := range plain["annotations"].(map[string]any)["list"].([]any) {
		for _, key := range []string{"expr", "step", "titleFormat", "textFormat", "tagKeys", "useValueForTime"} {
			delete(a.(map[string]any), key)
		}
	}
	return plain
}

func identifier(panelType string) string { return strings.ReplaceAll(panelType, "-", "_") }

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func execute(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
