@explore
Feature: Exploration
  Requests that are made from the contract, right ones and wrong ones, are answered as it says.

  Scenario Outline: Whatever is sent to <operation> is answered as the contract says
    Given the server "<server>"
    When the operation <operation> is explored
    Then every answer is as the contract says

    @OC-CTRL-2010 @OC-CTRL-2033
    Examples: what takes the most
      | server   | operation  |
      | explored | createTask |

    @OC-CTRL-2014 @OC-CTRL-2033
    Examples: streams
      | server        | operation  |
      | explored-also | streamTask |

    @OC-CTRL-2012 @OC-CTRL-2033
    Examples: cancels
      | server        | operation  |
      | explored-also | cancelTask |

    @OC-CTRL-2071 @OC-CTRL-2033
    Examples: metrics
      | server        | operation  |
      | explored-also | getMetrics |

    @OC-CTRL-2063
    Examples: sessions
      | server        | operation     |
      | explored-also | getSession    |
      | explored-also | deleteSession |

    @OC-CTRL-2065
    Examples: artifacts
      | server        | operation      |
      | explored-also | createArtifact |
      | explored-also | getArtifact    |

    @OC-CTRL-2004
    Examples: capabilities
      | server        | operation       |
      | explored-also | getCapabilities |

    @OC-CTRL-2001
    Examples: health
      | server        | operation     |
      | explored-also | getPoolHealth |

    @OC-CTRL-2002
    Examples: drains
      | server        | operation |
      | explored-also | drainPool |

    @OC-CTRL-2003
    Examples: reloads
      | server        | operation  |
      | explored-also | reloadPool |

    @OC-CAT-4201
    Examples: models
      | server        | operation   |
      | explored-also | getModel    |
      | explored-also | deleteModel |
      | explored-also | verifyModel |

    @OC-CAT-4210
    Examples: states of models
      | server        | operation        |
      | explored-also | changeModelState |

  @OC-CTRL-2033
  Scenario: Operations may come in any order
    Given the server "explored-also"
    When operations are explored after one another
    Then every answer is as the contract says
