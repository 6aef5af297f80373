dashboard "association_status" {
  title = "State Manager Association Status"
  tags  = merge(local.common_tags, { type = "Dashboard" })

  text {
    value = "The latest result of each association on each managed node. All elements share one read of the fleet, which the plugin caches for a few minutes."
  }

  container {
    input "account_id" {
      title = "Account"
      type  = "select"
      width = 3
      query = query.association_status_account_input
    }

    input "region" {
      title = "Region"
      type  = "select"
      width = 3
      query = query.association_status_region_input
    }
  }

  # Widths of 4 and 6 fill a row on both wide and narrow screens: a card of width 4
  # takes a third of the former and half of the latter.
  container {
    card {
      width = 4
      icon  = "dns"
      query = query.association_status_nodes
      args = {
        account_id = self.input.account_id.value
        region     = self.input.region.value
      }
    }

    card {
      width = 4
      query = query.association_status_failing_nodes
      args = {
        account_id = self.input.account_id.value
        region     = self.input.region.value
      }
    }

    card {
      width = 4
      query = query.association_status_silent_nodes
      args = {
        account_id = self.input.account_id.value
        region     = self.input.region.value
      }
    }

    card {
      width = 4
      query = query.association_status_failing_associations
      args = {
        account_id = self.input.account_id.value
        region     = self.input.region.value
      }
    }

    card {
      width = 4
      query = query.association_status_never_run
      args = {
        account_id = self.input.account_id.value
        region     = self.input.region.value
      }
    }

    card {
      width = 4
      query = query.association_status_oldest_execution
      args = {
        account_id = self.input.account_id.value
        region     = self.input.region.value
      }
    }
  }

  container {
    chart {
      title = "Associations on nodes by status"
      type  = "bar"
      width = 6
      query = query.association_status_by_status
      args = {
        account_id = self.input.account_id.value
        region     = self.input.region.value
      }

      series "Succeeded" {
        color = "ok"
      }

      series "Failed" {
        color = "alert"
      }

      series "Neither" {
        color = "#8c95a1"
      }
    }

    chart {
      title = "Days since the last execution"
      type  = "bar"
      width = 6
      query = query.association_status_ages
      args = {
        account_id = self.input.account_id.value
        region     = self.input.region.value
      }
    }
  }

  container {
    chart {
      title = "Failures by association (the 10 with most)"
      type  = "bar"
      width = 6
      query = query.association_status_failures_by_association
      args = {
        account_id = self.input.account_id.value
        region     = self.input.region.value
      }

      series "Nodes" {
        color = "alert"
      }
    }

    chart {
      title = "Failures by region"
      type  = "bar"
      width = 6
      query = query.association_status_failures_by_region
      args = {
        account_id = self.input.account_id.value
        region     = self.input.region.value
      }

      series "Failures" {
        color = "alert"
      }
    }
  }

  container {
    table {
      title = "Nodes whose compliance snapshot disagrees with the executions"
      width = 12
      query = query.association_status_snapshot
      args = {
        account_id = self.input.account_id.value
        region     = self.input.region.value
      }

      # The table shows all columns on a screen of 1,600 pixels only if this one wraps.
      column "Reason" {
        wrap = "all"
      }

      column "Node URL" {
        display = "none"
      }

      column "Node" {
        href = "{{.'Node URL'}}"
      }
    }
  }

  container {
    table {
      title = "Failing associations in detail"
      width = 12
      query = query.association_status_failures
      args = {
        account_id = self.input.account_id.value
        region     = self.input.region.value
      }

      column "Node URL" {
        display = "none"
      }

      column "Association URL" {
        display = "none"
      }

      column "Output URL" {
        display = "none"
      }

      column "Node" {
        href = "{{.'Node URL'}}"
      }

      column "Association" {
        href = "{{.'Association URL'}}"
      }

      column "Output" {
        href = "{{.'Output URL'}}"
      }
    }
  }
}
