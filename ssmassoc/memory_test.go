package ssmassoc

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

func TestMemoryOfGrowsWithWhatIsHeld(t *testing.T) {
	small := &types.InstanceInformation{InstanceId: new("i-0")}
	large := &types.InstanceInformation{
		InstanceId: new("i-0"),
		Name:       new(string(make([]byte, 1000))),
		AssociationOverview: &types.InstanceAggregatedAssociationOverview{
			InstanceAssociationStatusAggregatedCount: map[string]int32{"Success": 1},
		},
		LastPingDateTime: new(time.Now()),
	}
	if a, b := memoryOf(small), memoryOf(large); a < 100 || b < a+1000 {
		t.Errorf("%d and %d bytes", a, b)
	}
	if a, b := memoryOf([]types.Association{}), memoryOf(make([]types.Association, 100)); b < a+100*100 {
		t.Errorf("%d bytes for no association, %d for a hundred", a, b)
	}
}
