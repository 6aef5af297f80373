package awssim

// golden is 2^64 divided by the golden ratio, the increment of splitmix64.
// Multiples of it are spread evenly over the 64-bit range.
const golden = 0x9e3779b97f4a7c15

// mix is the finaliser of splitmix64. It is a bijection, so distinct inputs
// keep distinct outputs.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	x ^= x >> 31
	return x
}

// keyed derives the key number n from key. For one key it is a bijection of n.
func keyed(key, n uint64) uint64 {
	return mix(key + (n+1)*golden)
}

// hashString derives a key from seed and s with FNV-1a, whose weak low bits
// are repaired by mix.
func hashString(seed uint64, s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h ^= uint64(s[i])
		h *= 0x100000001b3
	}
	return mix(h ^ mix(seed+golden))
}

// stream is a splitmix64 sequence: a few words of state-free randomness for
// one thing that is generated.
type stream struct{ state uint64 }

func newStream(key uint64) *stream { return &stream{state: key} }

func (s *stream) next() uint64 {
	s.state += golden
	return mix(s.state)
}

// below returns a number in [0,n). The bias of the modulo is far below what
// the small n used here could show.
func (s *stream) below(n int) int { return int(s.next() % uint64(n)) }

// permille reports true p times in a thousand.
func (s *stream) permille(p int) bool { return s.below(1000) < p }

// unitInterval maps a word to [0,1) with the 53 bits a float64 holds exactly.
func unitInterval(x uint64) float64 { return float64(x>>11) / (1 << 53) }

const hexDigits = "0123456789abcdef"

// appendHex appends the lowest digits hexadecimal digits of x.
func appendHex(b []byte, x uint64, digits int) []byte {
	for shift := (digits - 1) * 4; shift >= 0; shift -= 4 {
		b = append(b, hexDigits[(x>>shift)&0xf])
	}
	return b
}

// uuid formats 128 bits derived from key as a version 4 UUID.
func uuid(key uint64) string {
	hi, lo := keyed(key, 0), keyed(key, 1)
	b := make([]byte, 0, 36)
	b = appendHex(b, hi>>32, 8)
	b = append(b, '-')
	b = appendHex(b, hi>>16, 4)
	b = append(b, '-', '4')
	b = appendHex(b, hi, 3)
	b = append(b, '-', "89ab"[lo>>62])
	b = appendHex(b, lo>>48, 3)
	b = append(b, '-')
	b = appendHex(b, lo, 12)
	return string(b)
}
