package demo

import "math"

// feature is a part of the product that some people use.
type feature struct {
	key                string
	approved, released int   // Days before today.
	oneIn              int64 // How many people there are for each who takes to it.
}

var features = [...]feature{
	{"shared_notebooks", 1130, founded, 2},
	{"templates", 730, 655, 3},
	{"search", 480, 412, 2},
	{"offline_mode", 395, 330, 8},
	{"tags", 310, 255, 5},
	{"export", 240, 190, 6},
	{"comments", 160, 110, 3},
	{"summaries", 105, launch, 3},
}

func (s *story) releaseFeatures() {
	for _, f := range features {
		s.tables.features.add(f.key, s.midnight(f.approved)+10*hour, s.midnight(f.released)+9*hour)
	}
	s.tables.features.add("voice_notes", s.midnight(60)+10*hour, nil) // Still being built.
}

// useProduct lets people come, or not, on every day that is tracked.
func (s *story) useProduct(users []user) {
	busy := make([]float64, tracked+1)
	for age := range busy {
		busy[age] = s.busy(s.midnight(age))
	}
	for _, u := range users {
		if u.activated && s.age(u.from) <= tracked {
			s.happen(u, "core_action", nil, u.from+min(s.about(5*hour, 1.2), 6*day, u.to-u.from-1))
		}
		for age := min(s.age(u.from), tracked); age >= 0 && s.midnight(age) < u.to; age-- {
			keen := u.keen * busy[age]
			if s.midnight(age) < u.from {
				keen = 1 // Everybody is active on the day of the sign-up.
			}
			if s.chance(keen) {
				s.visit(u, max(s.atWork(s.midnight(age)), u.from))
			}
		}
	}
}

// visit writes one session.
func (s *story) visit(u user, started instant) {
	if started > s.now || started >= u.to {
		return
	}
	end := started + s.about(19*minute, 0.7)
	s.tables.sessions.add(u.id, started, s.known(end))
	s.happen(u, "login", nil, started)
	// Some who did not find the way in the first days find it later.
	if u.activated || started > u.from+30*day && u.id%10 == 0 {
		for range s.rng.IntN(3) {
			s.happen(u, "core_action", nil, started+s.upTo(end-started+1))
		}
	}
	for i, f := range features {
		out := f.released - s.age(started) // Days. Word gets around in three weeks.
		if (u.id+int64(i))%f.oneIn == 0 && out > 0 && s.chance(0.25*min(float64(out)/21, 1)) {
			s.happen(u, "feature_used", int64(i+1), started+s.upTo(end-started+1))
		}
	}
	s.ask(u, end)
}

func (s *story) happen(u user, name string, feature any, at instant) {
	if at <= s.now {
		s.tables.events.add(u.id, name, feature, at)
	}
}

// ask asks some people how they like it. The large customers have somebody to call and are hardly ever asked.
func (s *story) ask(u user, at instant) {
	if at > s.now {
		return
	}
	bad := s.badWeek(s.age(at))
	asked := map[string]float64{"smb": 0.16, "mid": 0.1, "ent": 0.02}[u.segment]
	happy := map[string]float64{"smb": 0.88, "mid": 0.81, "ent": 0.85}[u.segment]
	if bad {
		happy -= 0.35
	}
	answers := s.tables.surveyResponses
	if s.chance(asked) {
		score := 4 + s.rng.IntN(2)
		if spread(answers.last, math.Phi) >= happy {
			score = 1 + s.rng.IntN(3)
		}
		answers.add("csat", u.id, nil, score, at)
	}
	if s.chance(0.04) {
		score := 7 + s.rng.IntN(2)
		switch r := spread(answers.last, math.Phi); {
		case r < 0.5 && !bad || r < 0.25:
			score = 9 + s.rng.IntN(2)
		case r > 0.84 || bad && r > 0.5:
			score = s.rng.IntN(7)
		}
		answers.add("nps", u.id, nil, score, at)
	}
}
