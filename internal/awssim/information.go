package awssim

import (
	"fmt"
	"strings"
	"time"
)

// Information is one entry of DescribeInstanceInformation. A nil member is
// left out of the answer.
type Information struct {
	ActivationID                           *string
	AgentVersion                           *string
	AssociationOverview                    *AssociationOverview
	AssociationStatus                      *string
	ComputerName                           *string
	IPAddress                              *string
	IamRole                                *string
	InstanceID                             string
	IsLatestVersion                        *bool
	LastAssociationExecutionDate           *Timestamp
	LastPingDateTime                       *Timestamp
	LastSuccessfulAssociationExecutionDate *Timestamp
	Name                                   *string
	PingStatus                             *string
	PlatformName                           *string
	PlatformType                           *string
	PlatformVersion                        *string
	RegistrationDate                       *Timestamp
	ResourceType                           *string
	SourceID                               *string
	SourceLocation                         *string
	SourceType                             *string
}

// AssociationOverview sums up the rows of a node.
type AssociationOverview struct {
	// DetailedStatus is Failed where any row failed or timed out, otherwise
	// Pending where any row has not finished, otherwise Success.
	DetailedStatus string
	// Counts is the number of rows by their status.
	Counts map[string]int
}

// Information returns what the service knows about the node. Each call
// generates it anew, with equal values. What is said about associations is
// computed from the node's own rows.
func (n *Node) Information() Information {
	info := n.identity()
	rows := n.Statuses()
	if len(rows) == 0 {
		return info
	}
	info.AssociationOverview = overview(rows)
	info.AssociationStatus = new(info.AssociationOverview.DetailedStatus)
	for _, row := range rows {
		info.LastAssociationExecutionDate = latest(info.LastAssociationExecutionDate, row.ExecutionDate)
		if row.Status != nil && *row.Status == "Success" {
			info.LastSuccessfulAssociationExecutionDate = latest(info.LastSuccessfulAssociationExecutionDate, row.ExecutionDate)
		}
	}
	return info
}

// overview sums up rows. A row without a status is in no count.
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

// identity is the part of Information that does not depend on rows. It is
// cheap enough to be computed for every node a filter looks at.
func (n *Node) identity() Information {
	info := Information{InstanceID: n.InstanceID}
	role := roleOf(n.index)
	if role == roleBare {
		return info
	}
	s := newStream(n.home.nodeKey(n.index) ^ saltInformation)
	n.describeAgent(&info, s, role)
	n.describePlatform(&info, s)
	if strings.HasPrefix(n.InstanceID, "mi-") {
		n.describeHybrid(&info, s)
	} else {
		info.ResourceType = new("EC2Instance")
		if s.permille(800) {
			info.SourceID, info.SourceType = new(n.InstanceID), new("AWS::EC2::Instance")
		}
		if s.permille(100) {
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

// describeAgent says whether and when the agent was last heard of: seconds ago
// where it is online, days ago where it is not, about one in twenty.
func (n *Node) describeAgent(info *Information, s *stream, role nodeRole) {
	lost := role == roleLost || role == roleStopped || (s.permille(50) && role == roleOrdinary)
	if lost {
		info.PingStatus = new("ConnectionLost")
		info.LastPingDateTime = new(n.home.date(s))
	} else {
		info.PingStatus = new("Online")
		info.LastPingDateTime = new(n.home.now - Timestamp(s.below(300_000)))
	}
	versions := []string{"3.3.2299.0", "3.3.1611.0", "3.2.2222.0", "3.1.1927.0"}
	v := s.below(len(versions))
	info.AgentVersion = new(versions[v])
	info.IsLatestVersion = new(v == 0)
}

func (n *Node) describePlatform(info *Information, s *stream) {
	platforms := []platform{
		{"Linux", "Amazon Linux", "2023"},
		{"Linux", "Amazon Linux", "2"},
		{"Linux", "Ubuntu", "24.04"},
		{"Windows", "Windows Server 2022 Datacenter", "10.0.20348"},
		{"MacOS", "macOS", "14.5"},
	}
	p := platforms[s.below(len(platforms))]
	info.PlatformType, info.PlatformName, info.PlatformVersion = new(p.kind), new(p.name), new(p.version)
	host := s.next()
	octets := [3]byte{byte(host), byte(host >> 8), byte(host >> 16)}
	info.IPAddress = new(fmt.Sprintf("10.%d.%d.%d", octets[0], octets[1], octets[2]))
	info.ComputerName = new(fmt.Sprintf("ip-10-%d-%d-%d.%s.example.internal", octets[0], octets[1], octets[2], n.Region))
}

func (n *Node) describeHybrid(info *Information, s *stream) {
	info.ResourceType = new("ManagedInstance")
	info.ActivationID = new(uuid(s.next()))
	info.IamRole = new("service-role/HybridNodeRole")
	info.Name = new(fmt.Sprintf("hybrid-%d", n.index))
	info.RegistrationDate = new(n.home.now.add(-history - time.Duration(s.below(365*24))*time.Hour))
}

// informationWire is Information as awsJson1.1 spells it.
type informationWire struct {
	ActivationID                           *string       `json:"ActivationId,omitempty"`
	AgentVersion                           *string       `json:"AgentVersion,omitempty"`
	AssociationOverview                    *overviewWire `json:"AssociationOverview,omitempty"`
	AssociationStatus                      *string       `json:"AssociationStatus,omitempty"`
	ComputerName                           *string       `json:"ComputerName,omitempty"`
	IPAddress                              *string       `json:"IPAddress,omitempty"`
	IamRole                                *string       `json:"IamRole,omitempty"`
	InstanceID                             string        `json:"InstanceId"`
	IsLatestVersion                        *bool         `json:"IsLatestVersion,omitempty"`
	LastAssociationExecutionDate           *Timestamp    `json:"LastAssociationExecutionDate,omitempty"`
	LastPingDateTime                       *Timestamp    `json:"LastPingDateTime,omitempty"`
	LastSuccessfulAssociationExecutionDate *Timestamp    `json:"LastSuccessfulAssociationExecutionDate,omitempty"`
	Name                                   *string       `json:"Name,omitempty"`
	PingStatus                             *string       `json:"PingStatus,omitempty"`
	PlatformName                           *string       `json:"PlatformName,omitempty"`
	PlatformType                           *string       `json:"PlatformType,omitempty"`
	PlatformVersion                        *string       `json:"PlatformVersion,omitempty"`
	RegistrationDate                       *Timestamp    `json:"RegistrationDate,omitempty"`
	ResourceType                           *string       `json:"ResourceType,omitempty"`
	SourceID                               *string       `json:"SourceId,omitempty"`
	SourceLocation                         *string       `json:"SourceLocation,omitempty"`
	SourceType                             *string       `json:"SourceType,omitempty"`
}

type overviewWire struct {
	DetailedStatus string         `json:"DetailedStatus"`
	Counts         map[string]int `json:"InstanceAssociationStatusAggregatedCount"`
}

func (i Information) wire() any {
	w := informationWire{
		ActivationID:                           i.ActivationID,
		AgentVersion:                           i.AgentVersion,
		AssociationStatus:                      i.AssociationStatus,
		ComputerName:                           i.ComputerName,
		IPAddress:                              i.IPAddress,
		IamRole:                                i.IamRole,
		InstanceID:                             i.InstanceID,
		IsLatestVersion:                        i.IsLatestVersion,
		LastAssociationExecutionDate:           i.LastAssociationExecutionDate,
		LastPingDateTime:                       i.LastPingDateTime,
		LastSuccessfulAssociationExecutionDate: i.LastSuccessfulAssociationExecutionDate,
		Name:                                   i.Name,
		PingStatus:                             i.PingStatus,
		PlatformName:                           i.PlatformName,
		PlatformType:                           i.PlatformType,
		PlatformVersion:                        i.PlatformVersion,
		RegistrationDate:                       i.RegistrationDate,
		ResourceType:                           i.ResourceType,
		SourceID:                               i.SourceID,
		SourceLocation:                         i.SourceLocation,
		SourceType:                             i.SourceType,
	}
	if i.AssociationOverview != nil {
		w.AssociationOverview = &overviewWire{
			DetailedStatus: i.AssociationOverview.DetailedStatus,
			Counts:         i.AssociationOverview.Counts,
		}
	}
	return w
}
