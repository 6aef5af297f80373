package fleet

import (
	"sync"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// Region is the part of a fleet in a region. Places of its nodes and
// associations count from 0 in listing order.
type Region struct {
	region    string
	position  int // in the fleet's list of regions
	accountID string
	partition string
	now       Timestamp
	key       uint64 // root of the region's randomness
	fixedRows int    // Options.Associations
	failing   int    // Options.Failing
	lagging   int    // Options.Lagging
	documents []document
	catalogue []association
	words     *vocabulary
	nodes     []Node
	byID      map[string]int32
	indexOnce sync.Once
	index     []reports // by place in the catalogue

	commandIndex commands
	automations  automations
}

func newRegion(o Options, region string, position, count int) *Region {
	r := &Region{
		region:    region,
		position:  position,
		accountID: o.AccountID,
		partition: o.Partition,
		now:       Timestamp(o.Now.UnixMilli()),
		key:       random.Hash(o.Seed, region),
		fixedRows: o.Associations,
		failing:   o.Failing,
		lagging:   o.Lagging,
		words:     newVocabulary(),
		nodes:     make([]Node, count),
		byID:      make(map[string]int32, count),
	}
	r.documents = newDocuments(r)
	r.catalogue = newCatalogue(r, max(neverRun+1, o.Associations))
	for i := range r.nodes {
		n := &r.nodes[i]
		*n = Node{
			InstanceID: r.instanceID(i),
			Region:     region,
			Listed:     o.Associations != 0 || roleOf(i) != roleStopped,
			index:      i,
			home:       r,
		}
		r.byID[n.InstanceID] = int32(i)
	}
	return r
}

// Position returns the position of the region in the fleet's list.
func (r *Region) Position() int { return r.position }

// NodeCount returns the number of nodes, including stopped ones.
func (r *Region) NodeCount() int { return len(r.nodes) }

// Node returns the node at a place.
func (r *Region) Node(i int) *Node { return &r.nodes[i] }

// NodeByID returns a node by its id, or nil.
func (r *Region) NodeByID(instanceID string) *Node {
	i, ok := r.byID[instanceID]
	if !ok {
		return nil
	}
	return &r.nodes[i]
}

// instanceID returns the id of node i. Ids are distinct within a region, since
// each form is a bijection of i.
func (r *Region) instanceID(i int) string {
	b := make([]byte, 0, 20)
	switch idFormOf(r.nodeKey(i), i) {
	case idHybrid:
		b = append(b, "mi-0"...)
		b = random.AppendHex(b, random.Keyed(r.key^saltID, uint64(i)), 16)
	case idOld:
		// Multiplying by an odd number and xor-shifting both keep 32-bit numbers
		// distinct.
		x := uint32(i)*0x9e3779b1 ^ uint32(r.key)
		x ^= x >> 15
		b = append(b, "i-"...)
		b = random.AppendHex(b, uint64(x), 8)
	default:
		b = append(b, "i-0"...)
		b = random.AppendHex(b, random.Keyed(r.key^saltID, uint64(i)), 16)
	}
	return string(b)
}

// arn returns the ARN of a resource of the account; region is empty for global
// services.
func (r *Region) arn(service, region, resource string) string {
	return "arn:" + r.partition + ":" + service + ":" + region + ":" + r.accountID + ":" + resource
}

func (r *Region) nodeKey(i int) uint64 { return random.Keyed(r.key, uint64(i)) }

// Salts keep different uses of a key independent.
const (
	saltID          = 0x6964
	saltAssociation = 0x6173736f63
	saltRow         = 0x726f77
	saltInformation = 0x696e666f
	saltRowCount    = 0x636f756e74
	saltIDForm      = 0x666f726d
	saltSettings    = 0x736574
	saltDrift       = 0x6472696674
	saltHistory     = 0x68697374
	saltExecutions  = 0x65786563
	saltExecution   = 0x72756e
	saltTarget      = 0x74617267
	saltCommand     = 0x636d64
	saltDuration    = 0x647572
	saltVersion     = 0x76657273
	saltCompliance  = 0x636f6d706c
	saltPatch       = 0x7061746368
	saltAutomation  = 0x6175746f
	saltTags        = 0x74616773
	saltFailing     = 0x6661696c
	saltLagging     = 0x6c6167
)
