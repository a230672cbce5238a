package pages

import "net/url"

// objectives writes the page of all objectives: each with its owner, and how its KPIs stand.
func (r *Renderer) objectives(b *View) ([]byte, error) {
	s := r.newShell(b, "Objectives", "/objectives", b.with(url.Values{}))
	return r.page(&s, "objectives", struct{ Groups []group }{groups(b.Config, b.cards)})
}
