// Package random draws the simulation's values. Each is a pure function of a key:
// what is drawn of one thing depends neither on order nor on other things.
package random

// golden is 2^64 divided by the golden ratio, the increment of splitmix64.
// Multiples of it are spread evenly over the 64-bit range.
const golden = 0x9e3779b97f4a7c15

// Mix is the finaliser of splitmix64. It is a bijection, so distinct inputs
// keep distinct outputs.
func Mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	x ^= x >> 31
	return x
}

// Keyed derives the key number n from key. For one key it is a bijection of n.
func Keyed(key, n uint64) uint64 {
	return Mix(key + (n+1)*golden)
}

// Hash derives a key from seed and s with FNV-1a, whose weak low bits
// are repaired by Mix.
func Hash(seed uint64, s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h ^= uint64(s[i])
		h *= 0x100000001b3
	}
	return Mix(h ^ Mix(seed+golden))
}

// Stream is a splitmix64 sequence: the randomness of one thing that is
// generated.
type Stream struct{ state uint64 }

// NewStream returns the sequence of a key.
func NewStream(key uint64) *Stream { return &Stream{state: key} }

// Next returns the next word.
func (s *Stream) Next() uint64 {
	s.state += golden
	return Mix(s.state)
}

// Below returns a number in [0,n). The bias of the modulo is far below what
// the small n used here could show.
func (s *Stream) Below(n int) int { return int(s.Next() % uint64(n)) }

// Permille reports true p times in a thousand.
func (s *Stream) Permille(p int) bool { return s.Below(1000) < p }

// UnitInterval maps a word to [0,1) with the 53 bits a float64 holds exactly.
func UnitInterval(x uint64) float64 { return float64(x>>11) / (1 << 53) }

const hexDigits = "0123456789abcdef"

// AppendHex appends the lowest digits hexadecimal digits of x.
func AppendHex(b []byte, x uint64, digits int) []byte {
	for shift := (digits - 1) * 4; shift >= 0; shift -= 4 {
		b = append(b, hexDigits[(x>>shift)&0xf])
	}
	return b
}

// UUID formats 128 bits derived from key as a version 4 UUID.
func UUID(key uint64) string {
	hi, lo := Keyed(key, 0), Keyed(key, 1)
	b := make([]byte, 0, 36)
	b = AppendHex(b, hi>>32, 8)
	b = append(b, '-')
	b = AppendHex(b, hi>>16, 4)
	b = append(b, '-', '4')
	b = AppendHex(b, hi, 3)
	b = append(b, '-', "89ab"[lo>>62])
	b = AppendHex(b, lo>>48, 3)
	b = append(b, '-')
	b = AppendHex(b, lo, 12)
	return string(b)
}
