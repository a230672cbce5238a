package config

import "github.com/kpi-exporter/kpi_exporter/internal/period"

// Daily returns the KPI as it measures single local days; nil for a formula. It has no target and compares with nothing.
func (k *KPI) Daily() *KPI {
	if k.Formula != nil {
		return nil
	}
	daily := *k
	daily.Target, daily.Compare = nil, nil
	daily.Period = period.Period{Kind: period.Last, Unit: period.Day, N: 1}
	daily.fingerprint = k.fingerprint + "-daily"
	return &daily
}
