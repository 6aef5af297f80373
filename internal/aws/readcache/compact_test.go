package readcache

import (
	"math/rand"
	"reflect"
	"strconv"
	"testing"
	"testing/quick"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// TestPack checks that every type of item comes back unchanged.
func TestPack(t *testing.T) {
	packs[types.InstanceInformation](t)
	packs[types.InstanceAssociationStatusInfo](t)
	packs[types.InstanceAssociation](t)
	packs[types.Association](t)
	packs[types.AssociationDescription](t)
	packs[types.AssociationExecution](t)
	packs[types.AssociationExecutionTarget](t)
	packs[types.AssociationVersionInfo](t)
	packs[types.AutomationExecutionMetadata](t)
	packs[types.CommandInvocation](t)
	packs[types.ComplianceItem](t)
	packs[types.ResourceComplianceSummaryItem](t)
}

func packs[Item any](t *testing.T) {
	name := reflect.TypeFor[Item]().Name()
	t.Run(name, func(t *testing.T) {
		random := rand.New(rand.NewSource(1))
		var dictionaries dictionaries
		for size := range 8 {
			var items []*Item
			for range size {
				item := new(Item)
				fill(random, reflect.ValueOf(item).Elem())
				items = append(items, item)
			}
			var got []*Item
			if err := each(keep(&dictionaries, items), func(item *Item) error {
				got = append(got, item)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, items) {
				t.Fatalf("got %v, want %v", got, items)
			}
		}
	})
}

// TestKeep checks that items come back whole from reads of every length: without a
// dictionary, with one, of more than a chunk; and that what repeats other reads
// takes little memory.
func TestKeep(t *testing.T) {
	var d dictionaries
	random := rand.New(rand.NewSource(1))
	packed, kept := 0, 0
	for _, count := range []int{0, 1, 3, 500, 1, 3, 2000, 3, 3, 3} {
		var items []*types.InstanceAssociationStatusInfo
		for range count {
			summary, id := "1 out of 1 plugin processed, 1 success, 0 failed, 0 timedout, 0 skipped.", strconv.Itoa(random.Int())
			items = append(items, &types.InstanceAssociationStatusInfo{ExecutionSummary: &summary, InstanceId: &id, Name: aws.String("AWS-RunPatchBaseline")})
			packed += len(summary) + len(id)
		}
		k := keep(&d, items)
		kept += k.size()
		var got []*types.InstanceAssociationStatusInfo
		if err := each(k, func(item *types.InstanceAssociationStatusInfo) error {
			got = append(got, item)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, items) {
			t.Fatalf("%d items came back as %d, or as others", len(items), len(got))
		}
	}
	if kept > packed/2 {
		t.Errorf("%d bytes of text took %d bytes", packed, kept)
	}
}

// fill sets the exported fields of a value at random, pointers, lists and maps to
// nil as often as not.
func fill(random *rand.Rand, v reflect.Value) {
	if v.Type() == timeType {
		v.Set(reflect.ValueOf(time.Unix(random.Int63n(4e9)-2e9, random.Int63n(1e9)).UTC()))
		return
	}
	some := random.Intn(2) == 0
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(random, v.Field(i))
			}
		}
	case reflect.Pointer:
		if some {
			v.Set(reflect.New(v.Type().Elem()))
			fill(random, v.Elem())
		}
	case reflect.Slice:
		if some {
			v.Set(reflect.MakeSlice(v.Type(), random.Intn(3), 3))
			for i := range v.Len() {
				fill(random, v.Index(i))
			}
		}
	case reflect.Map:
		if some {
			v.Set(reflect.MakeMap(v.Type()))
			for range random.Intn(3) {
				key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
				fill(random, key)
				fill(random, elem)
				v.SetMapIndex(key, elem)
			}
		}
	default:
		if value, ok := quick.Value(v.Type(), random); ok {
			v.Set(value)
		}
	}
}
