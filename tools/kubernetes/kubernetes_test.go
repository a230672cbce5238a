package kubernetes

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/strvals"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

const (
	root  = "../../"
	chart = root + "examples/helm/kpi-exporter"
)

var update = flag.Bool("update", false, "write the golden files again")

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// shop returns the values of the release that docs/operations.md installs: its command says where they are.
func shop(t *testing.T) map[string]any {
	t.Helper()
	folder := root + "examples/helm/shop"
	values, err := chartutil.ReadValuesFile(filepath.Join(folder, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile(`(?s)\nhelm upgrade --install kpi \S+/kpi-exporter --values values.yaml(.*?)\n` + "```").FindStringSubmatch(read(t, root+"docs/operations.md"))
	if command == nil {
		t.Fatal("docs/operations.md installs no chart")
	}
	flags := regexp.MustCompile(`--set-file '?([^'\s]+)`).FindAllStringSubmatch(command[1], -1)
	if len(flags) != 3 {
		t.Fatalf("the command has %d files: %s", len(flags), command[1])
	}
	for _, flag := range flags {
		content := func(path []rune) (any, error) { return read(t, filepath.Join(folder, string(path))), nil }
		if err := strvals.ParseIntoFile(flag[1], values, content); err != nil {
			t.Fatal(err)
		}
	}
	return values
}

// objects returns what is rendered, each object of it known to Kubernetes or its operator for Prometheus, field by field.
func objects(t *testing.T, values map[string]any) []runtime.Object {
	t.Helper()
	manifests, _, err := Render(chart, "kpi", values)
	if err != nil {
		t.Fatal(err)
	}
	found, err := Decode([]byte(manifests))
	if err != nil {
		t.Fatalf("%v\n%s", err, manifests)
	}
	return found
}

// The chart of the shop becomes these manifests.
func TestChart(t *testing.T) {
	values := shop(t)
	manifests, notes, err := Render(chart, "kpi", values)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(notes, "kpi-kpi-exporter serves /metrics") {
		t.Errorf("the notes are %q", notes)
	}
	manifests = regexp.MustCompile(`(?ms)^---\napiVersion: \S+\nkind: PrometheusRule\n.*?(^---\n)`).ReplaceAllString(manifests, "$1") // TestChartRules compares it.
	const golden = "testdata/shop.yaml"
	if *update {
		if err := os.WriteFile(golden, []byte(manifests), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if manifests != read(t, golden) {
		t.Errorf("%s is out of date: go test . -update", golden)
	}
	kinds := map[string]int{}
	for _, object := range objects(t, values) {
		kinds[object.GetObjectKind().GroupVersionKind().Kind]++
	}
	for kind, want := range map[string]int{
		"ConfigMap": 1, "CronJob": 1, "Deployment": 1, "NetworkPolicy": 2, "PrometheusRule": 1, "Secret": 0, "Service": 1, "ServiceAccount": 1, "ServiceMonitor": 1,
	} {
		if kinds[kind] != want {
			t.Errorf("%d objects of kind %s, want %d", kinds[kind], kind, want)
		}
	}
}

// The rules are those that the program has generated, every field of them, as the chart's own resource.
func TestChartRules(t *testing.T) {
	rules := func(objects []runtime.Object) *monitoring.PrometheusRule {
		for _, object := range objects {
			if rule, ok := object.(*monitoring.PrometheusRule); ok {
				return rule
			}
		}
		t.Fatal("no rules")
		return nil
	}
	generated, err := Decode([]byte(read(t, root+"examples/helm/shop/kpi.rules.yml")))
	if err != nil {
		t.Fatal(err)
	}
	want, got := rules(generated), rules(objects(t, shop(t)))
	if len(want.Spec.Groups) == 0 || !reflect.DeepEqual(want.Spec, got.Spec) {
		t.Error("the rules differ from the generated ones")
	}
	if got.Name != "kpi-kpi-exporter" || got.Labels["release"] != "prometheus" {
		t.Errorf("the rules are called %s, with the labels %v", got.Name, got.Labels)
	}
}

// Kubernetes lets each pod into a namespace with its strictest policy, "restricted", and none can write to its root or use the cluster.
func TestPodsAreRestricted(t *testing.T) {
	everything := shop(t)
	everything["webConfigSecret"] = "web"
	everything["podAnnotations"] = map[string]any{"example.com/a": "b"}
	everything["tolerations"] = []any{map[string]any{"key": "a", "operator": "Exists"}}
	everything["nodeSelector"] = map[string]any{"a": "b"}
	everything["state"] = map[string]any{"enabled": true, "existingClaim": "state"}
	everything["extraArgs"] = []any{"--log.format=json"}
	everything["image"] = map[string]any{"digest": "sha256:" + strings.Repeat("0", 64), "pullSecrets": []any{"registry"}}
	for name, values := range map[string]map[string]any{
		"shop":               shop(t),
		"everything":         everything,
		"existing ConfigMap": {"kpis": map[string]any{"existingConfigMap": "kpis"}},
	} {
		t.Run(name, func(t *testing.T) {
			pods := podsOf(objects(t, values))
			if len(pods) == 0 {
				t.Fatal("no pods")
			}
			for _, pod := range pods {
				checkPod(t, pod)
			}
		})
	}
}

type pod struct {
	metadata meta.ObjectMeta
	spec     core.PodSpec
}

func podsOf(objects []runtime.Object) []pod {
	var pods []pod
	for _, object := range objects {
		switch object := object.(type) {
		case *apps.Deployment:
			pods = append(pods, pod{object.Spec.Template.ObjectMeta, object.Spec.Template.Spec})
		case *batch.CronJob:
			pods = append(pods, pod{object.Spec.JobTemplate.Spec.Template.ObjectMeta, object.Spec.JobTemplate.Spec.Template.Spec})
		}
	}
	return pods
}

func checkPod(t *testing.T, p pod) {
	t.Helper()
	checks, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, result := range checks.EvaluatePod(restricted, &p.metadata, &p.spec) {
		if !result.Allowed {
			t.Errorf("%v: %s: %s", p.metadata.Labels, result.ForbiddenReason, result.ForbiddenDetail)
		}
	}
	if p.spec.AutomountServiceAccountToken == nil || *p.spec.AutomountServiceAccountToken {
		t.Errorf("%v gets a token of the cluster", p.metadata.Labels)
	}
	for _, container := range p.spec.Containers {
		if readOnly := container.SecurityContext.ReadOnlyRootFilesystem; readOnly == nil || !*readOnly {
			t.Errorf("container %s may write to its root", container.Name)
		}
		if container.Resources.Limits.Memory().IsZero() || container.Resources.Requests.Cpu().IsZero() {
			t.Errorf("container %s has no limit of memory or asks for no processor", container.Name)
		}
		for _, variable := range container.Env {
			if variable.Name != "GOMEMLIMIT" {
				t.Errorf("container %s is given %s by value", container.Name, variable.Name)
			}
		}
	}
}

// What cannot work is refused before it is installed, with what to write instead.
func TestChartRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(values map[string]any)
		want   string
	}{
		"no KPI file":         {func(v map[string]any) { delete(v, "kpis") }, `say --set-file 'kpis.files.kpi\.yaml=kpi.yaml'`},
		"two sources":         {func(v map[string]any) { v["kpis"].(map[string]any)["existingConfigMap"] = "kpis" }, "leave out one of them"},
		"a secret as a value": {func(v map[string]any) { v["secrets"] = map[string]any{"SHOP_DATABASE_URL": "postgres://…"} }, "SHOP_DATABASE_URL"},
		"rules are missing":   {func(v map[string]any) { v["prometheusRule"] = map[string]any{"enabled": true} }, "generate rules --format operator"},
		"rules of Prometheus": {func(v map[string]any) {
			v["prometheusRule"] = map[string]any{"enabled": true, "manifest": "groups: []"}
		}, "is no PrometheusRule"},
		"a digest that is none": {func(v map[string]any) { v["image"] = map[string]any{"digest": "sha256:1"} }, "digest"},
		"a path that climbs": {func(v map[string]any) {
			v["kpis"].(map[string]any)["files"].(map[string]any)["../a"] = ""
		}, "../a"},
		"two writers of a state": {func(v map[string]any) {
			v["replicas"], v["state"] = 2, map[string]any{"existingClaim": "state"}
		}, "is for one replica"},
		"a report with a long name": {func(v map[string]any) {
			v["reports"] = []any{map[string]any{"name": strings.Repeat("a", 40), "schedule": "0 7 * * 1"}}
		}, "use a shorter name"},
	} {
		t.Run(name, func(t *testing.T) {
			values := shop(t)
			test.change(values)
			if _, _, err := Render(chart, "kpi", values); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q", err, test.want)
			}
		})
	}
}

// A release has a name of which all that the chart makes can be called.
func TestChartNames(t *testing.T) {
	for name, want := range map[string]string{
		"kpi":                   "",
		"kpi-exporter":          "",
		strings.Repeat("a", 27): "",
		"shop.kpi":              "a Service cannot be called so",
		"2nd":                   "a Service cannot be called so",
		strings.Repeat("a", 28): "use a shorter name",
	} {
		_, _, err := Render(chart, name, shop(t))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("release %s: the error is %v, want %q", name, err, want)
		}
	}
}

// Nobody reaches the exporter whom the values do not name.
func TestChartIsClosed(t *testing.T) {
	prometheus := networking.NetworkPolicyPeer{
		NamespaceSelector: &meta.LabelSelector{},
		PodSelector:       &meta.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/name": "prometheus"}},
	}
	for name, test := range map[string]struct {
		values map[string]any
		want   []networking.NetworkPolicyPeer
	}{
		"by default": {nil, []networking.NetworkPolicyPeer{prometheus}},
		"to all":     {map[string]any{"from": []any{}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]any{"kpis": map[string]any{"existingConfigMap": "kpis"}}
			if test.values != nil {
				values["networkPolicy"] = test.values
			}
			policies := 0
			for _, object := range objects(t, values) {
				if p, ok := object.(*networking.NetworkPolicy); ok {
					policies++
					var got []networking.NetworkPolicyPeer
					for _, rule := range p.Spec.Ingress {
						if len(rule.From) == 0 {
							t.Error("a rule lets everybody in")
						}
						got = append(got, rule.From...)
					}
					if !slices.Contains(p.Spec.PolicyTypes, networking.PolicyTypeIngress) || !reflect.DeepEqual(got, test.want) {
						t.Errorf("%v lets in %v, want %v", p.Spec.PolicyTypes, got, test.want)
					}
				}
			}
			if policies != 1 {
				t.Errorf("%d policies, want 1", policies)
			}
		})
	}
}

// An exporter with a password is asked by its own program, and not sent requests before it is ready.
func TestChartProbesWithPassword(t *testing.T) {
	values := shop(t)
	values["webConfigSecret"] = "web"
	for _, object := range objects(t, values) {
		deployment, ok := object.(*apps.Deployment)
		if !ok {
			continue
		}
		exporter := deployment.Spec.Template.Spec.Containers[0]
		if probe := exporter.ReadinessProbe; probe.Exec == nil || !slices.Contains(probe.Exec.Command, "--ready") {
			t.Errorf("it is ready when %v says so", probe)
		}
		if probe := exporter.LivenessProbe; probe.Exec == nil || slices.Contains(probe.Exec.Command, "--ready") {
			t.Errorf("it is alive when %v says so", probe)
		}
	}
}

// Helm's own advice about charts.
func TestChartLint(t *testing.T) {
	for _, message := range lint.All(chart, shop(t), "shop", true).Messages {
		if !strings.Contains(message.Error(), "icon is recommended") {
			t.Error(message)
		}
	}
}

// Kubernetes takes the plain manifest, each field of it.
func TestManifest(t *testing.T) {
	manifest := read(t, root+"examples/kubernetes/report-cronjob.yaml")
	found, err := Decode([]byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range podsOf(found) {
		checkPod(t, pod)
	}
	const want = `unknown field "spec.timezone"`
	if _, err := Decode([]byte(strings.Replace(manifest, "  timeZone:", "  timezone:", 1))); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %s", err, want)
	}
}
