Feature: Keys
  Nobody is served without a key, and a key opens what it is for.

  Background:
    Given the server "standard"

  @ORCH-3035
  Scenario Outline: Without a key nobody is let in to <method> <path>
    When a <method> of <path> is sent without a key
    Then nobody is let in

    Examples:
      | method | path                  |
      | POST   | /v1/tasks             |
      | GET    | /v1/tasks/{id}/stream |
      | GET    | /v1/capabilities      |

  @OC-CTRL-2040 @smoke
  Scenario Outline: Without a key <method> <path> is unauthenticated
    When a <method> of <path> is sent without a key
    Then the answer is 401 UNAUTHENTICATED
    And the answer asks for a key

    Examples:
      | method | path                  |
      | POST   | /v1/tasks             |
      | GET    | /v1/tasks/{id}/stream |
      | POST   | /v1/tasks/{id}/cancel |

  @OC-CTRL-2040
  Scenario Outline: With an unknown key <method> <path> is forbidden
    When a <method> of <path> is sent with an unknown key
    Then the answer is 403 FORBIDDEN

    Examples:
      | method | path                  |
      | POST   | /v1/tasks             |
      | GET    | /v1/tasks/{id}/stream |
      | POST   | /v1/tasks/{id}/cancel |

  @OC-CTRL-2045
  Scenario Outline: With a key that has expired <method> <path> is forbidden
    When a <method> of <path> is sent with the key "expired"
    Then the answer is 403 FORBIDDEN

    Examples:
      | method | path                  |
      | POST   | /v1/tasks             |
      | GET    | /v1/tasks/{id}/stream |
      | POST   | /v1/tasks/{id}/cancel |

  @OC-CTRL-2043
  Scenario: Without a key the control plane is unauthenticated
    When a GET of /v1/capabilities is sent without a key
    Then the answer is 401 UNAUTHENTICATED

  @OC-CTRL-2043
  Scenario: A key for data does not open the control plane
    When a GET of /v1/capabilities is sent with the key "data-only"
    Then the answer is 403 FORBIDDEN

  @OC-CTRL-2043
  Scenario: A key for control opens the control plane
    When a GET of /v1/capabilities is sent with the key "operator"
    Then the answer has the status 200

  @OC-CTRL-2043
  Scenario Outline: A key for control does not open the data plane: <method> <path>
    When a <method> of <path> is sent with the key "operator"
    Then the answer is 403 FORBIDDEN

    Examples:
      | method | path                  |
      | POST   | /v1/tasks             |
      | GET    | /v1/tasks/{id}/stream |
      | POST   | /v1/tasks/{id}/cancel |

  @OC-CTRL-2071
  Scenario: Metrics need no key
    When a GET of /metrics is sent without a key
    Then the answer has the status 200
