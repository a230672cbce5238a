package series

// Label is the name and the value of a label.
type Label struct{ Name, Value string }

// The labels that families have beside kpi and the KPI's own, where the code that exposes them names them.
const (
	TierLabel         = "tier"          // The tier of a bound: target, critical or stretch.
	SideLabel         = "side"          // The side of a bound: lower or upper.
	ComparedWithLabel = "compared_with" // For an earlier value, the period that it is from.
	MeasuredLabel     = "measured"      // What was measured in a period, in words.
)

// InfoValues are the values of the labels of kpi_info beside kpi. An empty one is the same as none to Prometheus.
type InfoValues struct {
	Product, Title, Description, Category, Objective, ObjectiveTitle, Owner, Level string
	Unit, GrafanaUnit, Direction, Period, Runbook, Dashboard                       string
}

// Labels returns the values with their names, in the order of the family.
func (v InfoValues) Labels() []Label {
	return []Label{
		{"product", v.Product},
		{"title", v.Title},
		{"description", v.Description},
		{"category", v.Category},
		{"objective", v.Objective},
		{"objective_title", v.ObjectiveTitle},
		{"owner", v.Owner},
		{"level", v.Level},
		{"unit", v.Unit},
		{"grafana_unit", v.GrafanaUnit},
		{"direction", v.Direction},
		{"period", v.Period},
		{"runbook", v.Runbook},
		{"dashboard", v.Dashboard},
	}
}

// DecisionValues are the values of the labels of kpi_decision_timestamp_seconds beside kpi.
type DecisionValues struct{ ID, Text, Owner string }

// Labels returns the values with their names, in the order of the family.
func (v DecisionValues) Labels() []Label {
	return []Label{{"decision", v.ID}, {"text", v.Text}, {"owner", v.Owner}}
}

func namesOf(labels []Label) []string {
	names := make([]string, len(labels))
	for i, l := range labels {
		names[i] = l.Name
	}
	return names
}
