package insight

import "reflect"

// Bytes returns how much memory an explanation takes beyond that of one without segments.
func (x *Explanation) Bytes() int {
	const number = 8
	n := 0
	for i := range x.Attributions {
		a := &x.Attributions[i]
		n += int(reflect.TypeFor[Attribution]().Size()) + cap(a.Segments)*int(reflect.TypeFor[Segment]().Size())
		for j := range a.Segments {
			s := &a.Segments[j]
			for _, v := range []*float64{s.From, s.To, s.Delta, s.Contribution, s.Points, s.Unexpected, s.Rate, s.Mix} {
				if v != nil {
					n += number
				}
			}
			n += len(s.Value)
		}
	}
	return n
}

// Forget takes back an explanation that there is no room for: the values that it compares stay.
func (x *Explanation) Forget() { x.fail(NotKept) }
