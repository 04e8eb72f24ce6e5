Feature: Limits on what a client may take
  Nobody takes more than the configuration allows.

  Background:
    Given the server "tight"

  @OC-CTRL-2044
  Scenario Outline: <occasion> is refused with <status>
    When the client sends <occasion>
    Then the answer is <status> <code>

    Examples:
      | occasion                         | status | code              |
      | a body that is too large         | 413    | PAYLOAD_TOO_LARGE |
      | a chunked body that is too large | 413    | PAYLOAD_TOO_LARGE |
      | headers that are too large       | 431    | HEADERS_TOO_LARGE |
      | half of the headers              | 408    | REQUEST_TIMEOUT   |
      | half of a body                   | 408    | REQUEST_TIMEOUT   |
      | a body that trickles in          | 408    | REQUEST_TIMEOUT   |
      | chunks that trickle in           | 408    | REQUEST_TIMEOUT   |

  @OC-CTRL-2065
  Scenario: The size of a body is bounded wherever one is taken
    When each of these routes gets a body that is too large
      | path                   |
      | /v1/artifacts          |
      | /v1/pools/{id}/drain   |
      | /v1/pools/{id}/reload  |
    Then each of them that there is answers 413 PAYLOAD_TOO_LARGE

  @OC-CTRL-2044
  Scenario: A body of just the size allowed is taken
    When the client sends a body of just the size allowed
    Then the answer has the status 202

  @OC-CTRL-2033
  Scenario: Half of the headers are answered with an envelope
    When the client sends half of the headers
    Then the answer has the status 408
    And the answer is an error envelope

  @OC-CTRL-2030
  Scenario: Half of the headers have a code of the table, with its status
    When the client sends half of the headers
    Then its code stands in the table with this status

  @OC-CTRL-2032
  Scenario: Half of the headers may be sent again as a whole
    When the client sends half of the headers
    Then it says truly whether to try again

  @OC-CTRL-2052
  Scenario: The answer to half of the headers carries a correlation id
    When the client is answered 408 for half of the headers
    Then the answer carries exactly one correlation id

  @OC-CTRL-2044 @OC-CTRL-2030
  Scenario: A key may hold so many streams open
    Given the task "a" runs and has sent 1 tokens
    And that 1 streams of the task "a" are open
    When one more stream of the task "a" is asked for
    Then the answer is 429 QUOTA_EXCEEDED
    And the policy that refused is "quota"
    And with one stream of the task "a" closed another can be opened

  @OC-CTRL-2030
  Scenario: Events that are gone have a code of the table, with its status
    Given the task "a" runs and has sent more than is kept of it
    When the stream of the task "a" is read with the Last-Event-ID "0"
    Then its code stands in the table with this status
