package demo

// feature is a part of the product that some people use.
type feature struct {
	key                string
	approved, released int   // Days before today.
	oneIn              int64 // How many people there are for each who takes to it.
}

var features = [...]feature{
	{"shared_notebooks", 980, 900, 2},
	{"templates", 420, 310, 4},
	{"offline_mode", 330, 190, 7},
	{"summaries", 140, launch, 9},
}

func (s *story) releaseFeatures() {
	for _, f := range features {
		s.tables.features.add(f.key, s.midnight(f.approved)+10*hour, s.midnight(f.released)+9*hour)
	}
	s.tables.features.add("voice_notes", s.midnight(60)+10*hour, nil) // Still being built.
}

// useProduct lets people come, or not, on every day from the start of the history on.
func (s *story) useProduct(users []user) {
	busy := make([]float64, history+1)
	for age := range busy {
		busy[age] = s.busy(s.midnight(age))
	}
	for _, u := range users {
		if u.activated && s.age(u.from) <= history {
			s.happen(u, "core_action", nil, u.from+min(s.about(5*hour, 1.2), 6*day, u.to-u.from-1))
		}
		for age := min(s.age(u.from), history); age >= 0 && s.midnight(age) < u.to; age-- {
			keen := u.keen * busy[age]
			if s.midnight(age) < u.from {
				keen = 1 // Everybody is there on the day of the sign-up.
			}
			if s.chance(keen) {
				s.visit(u, max(s.atWork(s.midnight(age)), u.from))
			}
		}
	}
}

// visit tells of one session.
func (s *story) visit(u user, started instant) {
	if started > s.now || started >= u.to {
		return
	}
	end := started + s.about(19*minute, 0.7)
	s.tables.sessions.add(u.id, started, s.known(end))
	s.happen(u, "login", nil, started)
	// Whoever did not find the way in the first days may find it later.
	if u.activated || started > u.from+30*day && u.id%2 == 0 {
		for range s.rng.IntN(3) {
			s.happen(u, "core_action", nil, started+s.upTo(end-started+1))
		}
	}
	for i, f := range features {
		if (u.id+int64(i))%f.oneIn == 0 && s.age(started) < f.released && s.chance(0.35) {
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
	asked := map[string]float64{"smb": 0.1, "mid": 0.05, "ent": 0.006}[u.segment]
	happy := map[string]float64{"smb": 0.88, "mid": 0.77, "ent": 0.85}[u.segment]
	if bad {
		happy -= 0.25
	}
	if s.chance(asked) {
		score := 4 + s.rng.IntN(2)
		if !s.chance(happy) {
			score = 1 + s.rng.IntN(3)
		}
		s.tables.surveyResponses.add("csat", u.id, nil, score, at)
	}
	if s.chance(0.02) {
		score := 7 + s.rng.IntN(2)
		switch r := s.rng.Float64(); {
		case r < 0.5:
			score = 9 + s.rng.IntN(2)
		case r > 0.84 || bad && r > 0.6:
			score = s.rng.IntN(7)
		}
		s.tables.surveyResponses.add("nps", u.id, nil, score, at)
	}
}
