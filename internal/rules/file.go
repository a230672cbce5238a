package rules

const rulesComment = `Prometheus rules for KPIs, written by "kpi_exporter generate rules".
Change the KPI file and write them again instead of changing them here.
`

// File returns the rules as a file for rule_files of Prometheus.
func (g *Groups) File() ([]byte, error) { return marshal(rulesComment, g) }

// Resource returns the rules as a PrometheusRule, the resource that the Prometheus Operator reads.
func (g *Groups) Resource() ([]byte, error) {
	type metadata struct {
		Name   string            `yaml:"name"`
		Labels map[string]string `yaml:"labels"`
	}
	return marshal(rulesComment, struct {
		APIVersion string   `yaml:"apiVersion"`
		Kind       string   `yaml:"kind"`
		Metadata   metadata `yaml:"metadata"`
		Spec       *Groups  `yaml:"spec"`
	}{
		APIVersion: "monitoring.coreos.com/v1",
		Kind:       "PrometheusRule",
		Metadata: metadata{Name: "kpi-exporter", Labels: map[string]string{
			"app.kubernetes.io/name": "kpi-exporter",
			"prometheus":             "k8s", // What the Prometheus of kube-prometheus selects.
			"role":                   "alert-rules",
		}},
		Spec: g,
	})
}
