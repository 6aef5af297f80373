package awsprofile

import (
	"fmt"
	"strings"
)

// sso returns the role of IAM Identity Center that a profile names:
// botocore.credentials.SSOProvider.
func (s *Settings) sso(profile section, name string) (Source, error) {
	_, role := profile["sso_role_name"]
	_, account := profile["sso_account_id"]
	if !role && !account {
		return nil, nil
	}
	found := &SSO{Profile: name}
	settings := profile
	if session, set := profile.text("sso_session"); set {
		shared, exists := s.files.sessions[session]
		if !exists {
			return nil, fmt.Errorf("the profile %q: there is no section [sso-session %s] in %s",
				name, session, s.files.configPath)
		}
		for setting, value := range shared {
			if own, set := profile.text(setting); set && own != value.text {
				return nil, fmt.Errorf("the profile %q and the section [sso-session %s] differ in %s; remove one",
					name, session, setting)
			}
		}
		settings = merged(profile, shared)
		found.Session = session
	}
	var missing []string
	for setting, value := range map[string]*string{
		"sso_role_name": &found.RoleName, "sso_account_id": &found.AccountID,
		"sso_start_url": &found.StartURL, "sso_region": &found.Region,
	} {
		text, set := settings.text(setting)
		if *value = text; !set {
			missing = append(missing, setting)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("the profile %q uses IAM Identity Center but lacks %s",
			name, strings.Join(missing, ", "))
	}
	return found, nil
}
