Feature: The server is measured
  One scrape tells all families that the contract names, and a scrape is no event.

  Background:
    Given the server "standard"

  @OC-CTRL-2051
  Scenario: Metrics are exported as text
    When the metrics are read
    Then they are told with 200 as text/plain; version=0.0.4
    And they hold every family of the claimed profiles

  @OC-CTRL-2051
  Scenario: Metrics are exported as OpenMetrics to who asks for it
    When the metrics are read by a client that accepts application/openmetrics-text; version=1.0.0
    Then they are told with 200 as application/openmetrics-text
    And they end as OpenMetrics do

  @ORCH-3028
  Scenario: The metric set is there, and moves with the work
    Given the series are counted from now on
    When 1 interactive tasks and 1 batch tasks are run
    And the metrics are read
    Then they hold every family of the claimed profiles
    And these series have grown by
      | series                       | labels | by |
      | tasks_enqueued_total         |        | 2  |
      | tasks_started_total          |        | 2  |
      | tasks_finished_total         |        | 2  |
      | queue_wait_ms_count          |        | 2  |
      | latency_first_token_ms_count |        | 2  |

  @OC-METRICS-7103
  Scenario: A scrape changes nothing
    Given 1 interactive tasks and 1 batch tasks were run
    And the server rests
    When the metrics are read 3 times
    Then all readings hold the same samples
