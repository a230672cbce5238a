package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// TestComposeMounts checks that every file that the compose stack mounts is there, and seen by all users.
func TestComposeMounts(t *testing.T) {
	var stack struct {
		Services map[string]struct {
			Volumes []string `yaml:"volumes"`
		} `yaml:"services"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "compose/compose.yaml")), &stack); err != nil {
		t.Fatal(err)
	}
	mounts := 0
	for name, service := range stack.Services {
		for _, volume := range service.Volumes {
			mounts++
			host, inside, _ := strings.Cut(volume, ":")
			if _, err := os.Stat(filepath.Join("compose", host)); err != nil {
				t.Errorf("service %s: %v", name, err)
			}
			if !strings.HasSuffix(inside, ":ro") {
				t.Errorf("service %s may write to %s", name, host)
			}
		}
	}
	if mounts == 0 {
		t.Error("nothing is mounted")
	}
}

func TestComposePrometheusConfig(t *testing.T) {
	dir := t.TempDir()
	for from, to := range map[string]string{"compose/prometheus.yml": "prometheus.yml", "prometheus/kpi.rules.yml": "kpi.rules.yml"} {
		if err := os.WriteFile(filepath.Join(dir, to), []byte(read(t, from)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), "promtool", "check", "config", filepath.Join(dir, "prometheus.yml")).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestComposeData evaluates every KPI over the data of the stack, as the role that it makes.
func TestComposeData(t *testing.T) {
	url := server.NewDatabase(t, read(t, "product/schema.sql"), read(t, "compose/data.sql"), read(t, "compose/role.sql"))
	t.Cleanup(func() {
		server.Exec(t, url, "DROP OWNED BY kpi_exporter; DROP ROLE kpi_exporter")
	})
	now := time.Now().UTC().Truncate(time.Second)
	values := evaluate(t, strings.Replace(url, "postgres@", "kpi_exporter@", 1), now)
	for _, kpi := range []string{"revenue ", "mrr_by_plan business ", "stickiness ", "nps ", "dora_lead_time ", "team_velocity app "} {
		line := ""
		for l := range strings.Lines(values) {
			if strings.HasPrefix(l, kpi) {
				line = l
			}
		}
		if line == "" || strings.Contains(line, "no value") {
			t.Errorf("%s: %q in\n%s", kpi, line, values)
		}
	}
}

// Nobody can put another image in the place of one that is built on or started here: each is named by its digest, with a version for people.
func TestImagesArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z/]+:v?\d+\.[\w.-]+@sha256:[0-9a-f]{64}$`)
	images := 0
	for _, file := range []string{"../Dockerfile", "compose/compose.yaml"} {
		for _, match := range regexp.MustCompile(`(?m)^\s*(?:FROM|image:) (\S+)`).FindAllStringSubmatch(read(t, file), -1) {
			if match[1] == "scratch" { // Nothing at all.
				continue
			}
			images++
			if !pinned.MatchString(match[1]) {
				t.Errorf("%s: %s is not pinned by version and digest", file, match[1])
			}
		}
	}
	if images != 5 {
		t.Errorf("%d images", images)
	}
}
