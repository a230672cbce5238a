package insight

import (
	"slices"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// partsOf returns k before anything is merged: with the labels of its named query that it leaves out, and with the label
// database where it is one value of several. It has no target and compares with nothing. A KPI that merges nothing is
// returned with its labels as they are. The rows are those of k, read in the same run of the query.
func partsOf(k *config.KPI) *config.KPI {
	parts := k.Derived("-parts")
	parts.Labels = slices.Clone(k.Labels)
	for _, name := range k.MergedLabels {
		parts.Labels = append(parts.Labels, config.Label{Name: name})
	}
	if len(k.MergedLabels) > 0 && parts.NullLabel == nil { // The KPI itself does not mind a NULL in what it leaves out.
		none := "(none)"
		parts.NullLabel = &none
	}
	taken := slices.ContainsFunc(parts.Labels, func(l config.Label) bool { return l.Name == "database" })
	parts.DatabaseLabel = k.DatabaseLabel || k.Merge != "" && len(k.Databases) > 1 && !taken
	parts.Merge, parts.MergedLabels = "", nil
	return parts
}

// partsWithheldBy returns the parts of k, withheld as other requires: as the rows of k would be if they had the sample size of
// other, and other's suppress_below. Both read the same query.
func partsWithheldBy(k, other *config.KPI) *config.KPI {
	parts := partsOf(k).Derived("-" + other.Fingerprint())
	labels, null := parts.Labels, parts.NullLabel
	parts.Columns = other.Columns
	parts.Labels, parts.NullLabel = labels, null
	parts.SuppressBelow = other.SuppressBelow
	return parts
}
