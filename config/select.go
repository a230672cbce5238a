package config

import "slices"

// Select leaves only these KPIs of a configuration, and what they need: databases, owners, objectives and decisions. What their formulas
// read is still evaluated for them, but is no KPI of the configuration any longer.
func (c *Config) Select(kpis []*KPI) {
	var databases []*Database
	owners, objectives, names := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, k := range kpis {
		names[k.Name], owners[k.Owner], objectives[k.Objective] = true, true, true
		for _, read := range k.Reads() {
			databases = append(databases, read.Databases...)
		}
		if k.Target != nil && k.Target.FromDatabase != nil {
			databases = append(databases, k.Target.FromDatabase)
		}
	}
	c.KPIs = kpis
	c.Databases = slices.DeleteFunc(c.Databases, func(d *Database) bool { return !slices.Contains(databases, d) })
	c.Objectives = slices.DeleteFunc(c.Objectives, func(o *Objective) bool { return !objectives[o.Name] })
	c.Decisions = slices.DeleteFunc(c.Decisions, func(d *Decision) bool {
		d.KPIs = slices.DeleteFunc(d.KPIs, func(name string) bool { return !names[name] })
		owners[d.Owner] = owners[d.Owner] || len(d.KPIs) > 0
		return len(d.KPIs) == 0
	})
	for _, o := range c.Objectives {
		owners[o.Owner] = true
	}
	c.Owners = slices.DeleteFunc(c.Owners, func(o *Owner) bool { return !owners[o.Name] })
}
