Feature: What is common to all routes
  Whatever is asked for, the order of judgement is the same: who asks, how, and only then for what.

  Background:
    Given the server "standard"

  @OC-CTRL-2033
  Scenario Outline: A request with two hosts is none: <method> <path>
    When a <method> of <path> is sent with two hosts
    Then the answer is 400 INVALID_PARAMS
    And the answer is an error envelope

    Examples:
      | method | path                  |
      | POST   | /v1/tasks             |
      | GET    | /v1/tasks/{id}/stream |
      | POST   | /v1/tasks/{id}/cancel |

  @OC-CTRL-2063
  Scenario Outline: GET /v1/sessions/{id} sent <way> is <status>
    When a GET of /v1/sessions/{id} is sent <way>
    Then the answer is <status> <code>

    Examples:
      | way                     | status | code            |
      | without a key           | 401    | UNAUTHENTICATED |
      | with an unknown key     | 403    | FORBIDDEN       |
      | with the key "expired"  | 403    | FORBIDDEN       |
      | with the key "operator" | 403    | FORBIDDEN       |
      | with two hosts          | 400    | INVALID_PARAMS  |

  @OC-CTRL-2064
  Scenario Outline: DELETE /v1/sessions/{id} sent <way> is <status>
    When a DELETE of /v1/sessions/{id} is sent <way>
    Then the answer is <status> <code>

    Examples:
      | way                     | status | code            |
      | without a key           | 401    | UNAUTHENTICATED |
      | with an unknown key     | 403    | FORBIDDEN       |
      | with the key "expired"  | 403    | FORBIDDEN       |
      | with the key "operator" | 403    | FORBIDDEN       |
      | with two hosts          | 400    | INVALID_PARAMS  |

  @OC-CTRL-2065
  Scenario Outline: POST /v1/artifacts sent <way> is <status>
    When a POST of /v1/artifacts is sent <way>
    Then the answer is <status> <code>

    Examples:
      | way                     | status | code            |
      | without a key           | 401    | UNAUTHENTICATED |
      | with an unknown key     | 403    | FORBIDDEN       |
      | with the key "expired"  | 403    | FORBIDDEN       |
      | with the key "operator" | 403    | FORBIDDEN       |
      | with two hosts          | 400    | INVALID_PARAMS  |

  @OC-CTRL-2066
  Scenario Outline: GET /v1/artifacts/{id} sent <way> is <status>
    When a GET of /v1/artifacts/{id} is sent <way>
    Then the answer is <status> <code>

    Examples:
      | way                     | status | code            |
      | without a key           | 401    | UNAUTHENTICATED |
      | with an unknown key     | 403    | FORBIDDEN       |
      | with the key "expired"  | 403    | FORBIDDEN       |
      | with the key "operator" | 403    | FORBIDDEN       |
      | with two hosts          | 400    | INVALID_PARAMS  |

  @OC-CTRL-2004
  Scenario Outline: GET /v1/capabilities sent <way> is <status>
    When a GET of /v1/capabilities is sent <way>
    Then the answer is <status> <code>

    Examples:
      | way                      | status | code            |
      | without a key            | 401    | UNAUTHENTICATED |
      | with an unknown key      | 403    | FORBIDDEN       |
      | with the key "expired"   | 403    | FORBIDDEN       |
      | with the key "data-only" | 403    | FORBIDDEN       |
      | with two hosts           | 400    | INVALID_PARAMS  |

  @OC-CTRL-2001
  Scenario Outline: GET /v1/pools/{id}/health sent <way> is <status>
    When a GET of /v1/pools/{id}/health is sent <way>
    Then the answer is <status> <code>

    Examples:
      | way                      | status | code            |
      | without a key            | 401    | UNAUTHENTICATED |
      | with an unknown key      | 403    | FORBIDDEN       |
      | with the key "expired"   | 403    | FORBIDDEN       |
      | with the key "data-only" | 403    | FORBIDDEN       |
      | with two hosts           | 400    | INVALID_PARAMS  |

  @OC-CTRL-2002
  Scenario Outline: POST /v1/pools/{id}/drain sent <way> is <status>
    When a POST of /v1/pools/{id}/drain is sent <way>
    Then the answer is <status> <code>

    Examples:
      | way                      | status | code            |
      | without a key            | 401    | UNAUTHENTICATED |
      | with an unknown key      | 403    | FORBIDDEN       |
      | with the key "expired"   | 403    | FORBIDDEN       |
      | with the key "data-only" | 403    | FORBIDDEN       |
      | with two hosts           | 400    | INVALID_PARAMS  |

  @OC-CTRL-2003
  Scenario Outline: POST /v1/pools/{id}/reload sent <way> is <status>
    When a POST of /v1/pools/{id}/reload is sent <way>
    Then the answer is <status> <code>

    Examples:
      | way                      | status | code            |
      | without a key            | 401    | UNAUTHENTICATED |
      | with an unknown key      | 403    | FORBIDDEN       |
      | with the key "expired"   | 403    | FORBIDDEN       |
      | with the key "data-only" | 403    | FORBIDDEN       |
      | with two hosts           | 400    | INVALID_PARAMS  |
