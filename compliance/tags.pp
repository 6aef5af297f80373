locals {
  common_tags = {
    category = "Compliance"
    plugin   = "ssmassoc"
    service  = "AWS/SSM"
  }
}

# A block of its own: Powerpipe refuses a local that refers to another of its block.
locals {
  # The requirements that correspond to SSM.3 of AWS Security Hub and the AWS Config
  # rule behind it. README.md lists the sources.
  ssm_3_tags = merge(local.common_tags, {
    aws_config_rule                        = "ec2-managedinstance-association-compliance-status-check"
    aws_security_hub                       = "SSM.3"
    nist_800_53_rev_5                      = "CA-9(1), CM-2, CM-2(2), CM-8, CM-8(1), CM-8(3), SI-2(3)"
    pci_dss_v321                           = "2.4"
    pci_dss_v401                           = "2.2.1, 6.3.3"
    acsc_essential_eight                   = "true"
    cis_controls_v8_ig1                    = "true"
    cisa_cyber_essentials                  = "true"
    fedramp_low_rev_4                      = "true"
    fedramp_moderate_rev_4                 = "true"
    ffiec                                  = "true"
    gxp_21_cfr_part_11                     = "true"
    hipaa_final_omnibus_security_rule_2013 = "true"
    hipaa_security_rule_2003               = "true"
    nist_800_171_rev_2                     = "true"
    nist_800_53_rev_4                      = "true"
    nist_csf                               = "true"
    nydfs_23                               = "true"
    rbi_cyber_security                     = "true"
    rbi_itf_nbfc                           = "true"
    soc_2                                  = "true"
  })
}
