package fleet

import (
	"fmt"
	"slices"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// Information is an entry of DescribeInstanceInformation. Nil members are
// omitted. The tags are the API's names.
type Information struct {
	ActivationID                           *string              `json:"ActivationId,omitzero"`
	AgentVersion                           *string              `json:"AgentVersion,omitzero"`
	AssociationOverview                    *AssociationOverview `json:"AssociationOverview,omitzero"`
	AssociationStatus                      *string              `json:"AssociationStatus,omitzero"`
	ComputerName                           *string              `json:"ComputerName,omitzero"`
	IPAddress                              *string              `json:"IPAddress,omitzero"`
	IamRole                                *string              `json:"IamRole,omitzero"`
	InstanceID                             string               `json:"InstanceId"`
	IsLatestVersion                        *bool                `json:"IsLatestVersion,omitzero"`
	LastAssociationExecutionDate           *Timestamp           `json:"LastAssociationExecutionDate,omitzero"`
	LastPingDateTime                       *Timestamp           `json:"LastPingDateTime,omitzero"`
	LastSuccessfulAssociationExecutionDate *Timestamp           `json:"LastSuccessfulAssociationExecutionDate,omitzero"`
	Name                                   *string              `json:"Name,omitzero"`
	PingStatus                             *string              `json:"PingStatus,omitzero"`
	PlatformName                           *string              `json:"PlatformName,omitzero"`
	PlatformType                           *string              `json:"PlatformType,omitzero"`
	PlatformVersion                        *string              `json:"PlatformVersion,omitzero"`
	RegistrationDate                       *Timestamp           `json:"RegistrationDate,omitzero"`
	ResourceType                           *string              `json:"ResourceType,omitzero"`
	SourceID                               *string              `json:"SourceId,omitzero"`
	SourceLocation                         *string              `json:"SourceLocation,omitzero"`
	SourceType                             *string              `json:"SourceType,omitzero"`
}

// AssociationOverview sums up the rows of a node.
type AssociationOverview struct {
	// DetailedStatus is Failed if any row failed or timed out, else Pending if any
	// row has not finished, else Success.
	DetailedStatus string `json:"DetailedStatus"`
	// Counts is the number of rows by status.
	Counts map[string]int `json:"InstanceAssociationStatusAggregatedCount"`
}

// Information returns what the service knows about the node. Each call
// generates it again, with equal values. The parts about associations are
// computed from the node's rows.
func (n *Node) Information() Information {
	info := n.Identity()
	rows := n.Statuses()
	if len(rows) == 0 {
		return info
	}
	info.AssociationOverview = overview(n.counted(rows))
	info.AssociationStatus = new(info.AssociationOverview.DetailedStatus)
	for _, row := range rows {
		info.LastAssociationExecutionDate = latest(info.LastAssociationExecutionDate, row.ExecutionDate)
		if row.Status != nil && *row.Status == "Success" {
			info.LastSuccessfulAssociationExecutionDate = latest(info.LastSuccessfulAssociationExecutionDate, row.ExecutionDate)
		}
	}
	return info
}

// counted returns the rows as they were when the service counted them. See Options.Lagging.
func (n *Node) counted(rows []AssociationStatus) []AssociationStatus {
	if !random.NewStream(n.home.nodeKey(n.index) ^ saltLagging).Permille(n.home.lagging) {
		return rows
	}
	earlier := slices.Clone(rows)
	words := n.home.words
	if status := earlier[0].Status; status != nil && *status == *words.failed.status {
		earlier[0].Status = words.success.status
	} else {
		earlier[0].Status = words.failed.status
	}
	return earlier
}

// overview sums up rows. Rows without a status are not counted.
func overview(rows []AssociationStatus) *AssociationOverview {
	var t tally
	for _, row := range rows {
		t.add(row.Status)
	}
	return &AssociationOverview{DetailedStatus: t.overall(), Counts: t.counts()}
}

func latest(a, b *Timestamp) *Timestamp {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

type platform struct{ kind, name, version string }

// Identity returns the part of Information that does not depend on rows. It is
// cheap enough for every node that a filter looks at.
func (n *Node) Identity() Information {
	info := Information{InstanceID: n.InstanceID}
	role := roleOf(n.index)
	if role == roleBare {
		return info
	}
	s := random.NewStream(n.home.nodeKey(n.index) ^ saltInformation)
	n.describeAgent(&info, s, role)
	n.describePlatform(&info, s)
	if n.Hybrid() {
		n.describeHybrid(&info, s)
	} else {
		info.ResourceType = new("EC2Instance")
		if s.Permille(800) {
			info.SourceID, info.SourceType = new(n.InstanceID), new("AWS::EC2::Instance")
		}
		if s.Permille(100) {
			info.IamRole = new("ManagedNodeRole")
		}
	}
	if role == roleFull {
		info.SourceID = new(n.InstanceID)
		info.SourceType = new("AWS::SSM::ManagedInstance")
		info.SourceLocation = new("site-" + n.Region)
	}
	return info
}

// describeAgent sets the agent's status and last ping: seconds ago if it is
// online, days ago if it is not, as for about one in twenty.
func (n *Node) describeAgent(info *Information, s *random.Stream, role nodeRole) {
	lost := role == roleLost || role == roleStopped || (s.Permille(50) && role == roleOrdinary)
	if lost {
		info.PingStatus = new("ConnectionLost")
		info.LastPingDateTime = new(n.home.date(s))
	} else {
		info.PingStatus = new("Online")
		info.LastPingDateTime = new(n.home.now - Timestamp(s.Below(300_000)))
	}
	versions := []string{"3.3.2299.0", "3.3.1611.0", "3.2.2222.0", "3.1.1927.0"}
	v := s.Below(len(versions))
	info.AgentVersion = new(versions[v])
	info.IsLatestVersion = new(v == 0)
}

func (n *Node) describePlatform(info *Information, s *random.Stream) {
	platforms := []platform{
		{"Linux", "Amazon Linux", "2023"},
		{"Linux", "Amazon Linux", "2"},
		{"Linux", "Ubuntu", "24.04"},
		{"Windows", "Windows Server 2022 Datacenter", "10.0.20348"},
		{"MacOS", "macOS", "14.5"},
	}
	p := platforms[s.Below(len(platforms))]
	info.PlatformType, info.PlatformName, info.PlatformVersion = new(p.kind), new(p.name), new(p.version)
	host := s.Next()
	octets := [3]byte{byte(host), byte(host >> 8), byte(host >> 16)}
	info.IPAddress = new(fmt.Sprintf("10.%d.%d.%d", octets[0], octets[1], octets[2]))
	info.ComputerName = new(fmt.Sprintf("ip-10-%d-%d-%d.%s.example.internal", octets[0], octets[1], octets[2], n.Region))
}

func (n *Node) describeHybrid(info *Information, s *random.Stream) {
	info.ResourceType = new("ManagedInstance")
	info.ActivationID = new(random.UUID(s.Next()))
	info.IamRole = new("service-role/HybridNodeRole")
	info.Name = new(fmt.Sprintf("hybrid-%d", n.index))
	info.RegistrationDate = new(n.home.now.add(-history - time.Duration(s.Below(365*24))*time.Hour))
}
