package config

import "github.com/kpi-exporter/kpi_exporter/internal/sqltext"

// CountsCases reports whether the denominator of the KPI counts cases, as far as is known: it is the sample size, and not an
// amount of money. Otherwise a numerator out of it has no range.
func (k *KPI) CountsCases() bool { return k.countsCases }

// countsCases finds out what CountsCases reports. That a denominator is an amount of money is judged by its SQL, by its name, and
// by KPIs of the same query that show it in a currency.
func (c *Config) countsCases(k *KPI) bool {
	if k.Query == nil || k.Query.Statement == nil && k.Query.values == nil || k.SampleSize != "" || !k.HasQuotient() {
		return false
	}
	denominator := k.Denominator
	if denominator == "" {
		denominator = "denominator"
	}
	declared := false
	for _, other := range c.KPIs {
		declared = declared || other.Query == k.Query && other.Value == denominator && other.Unit.Currency() != ""
	}
	if k.Query.IsPromQL() {
		return false
	}
	if k.Query.values != nil {
		return !declared && !sqltext.NamesMoney(denominator)
	}
	_, money := k.Query.SQL().Money(denominator, declared)
	return !money
}
