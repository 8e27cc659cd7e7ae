//! Every configuration key there is, in the tree in which it is shown.

use super::registry::{Default, Entry, GenType, Group, Level, Reader, Resource, Section};

const fn key(key: &'static str, label: &'static str, gen_type: GenType, default: Default) -> Entry {
    Entry::new(key, label, gen_type, default)
}

const fn number(min: i64, max: i64) -> GenType {
    GenType::Integer { min, max }
}

const fn text(max: usize) -> GenType {
    GenType::Text { max }
}

/// A tenant may set it, also for one environment; the gateway acts on it.
const fn gateway(entry: Entry) -> Entry {
    entry.at(Level::Environment, Reader::Gateway)
}

/// Every key, once.
pub const TREE: &[Resource] = &[
    Resource {
        name: "Security",
        groups: &[
            Group {
                title: "Authentication",
                sections: &[
                    Section {
                        title: "MFA Settings",
                        entries: &[
                            key(
                                "auth.mfa_enforced",
                                "Enforce MFA for all users",
                                GenType::Boolean,
                                Default::Bool(false),
                            )
                            .at(Level::Tenant, Reader::Platform)
                            .binding(),
                            key(
                                "auth.mfa_required_for_admins",
                                "Enforce MFA for the administration of the platform",
                                GenType::Boolean,
                                Default::Bool(false),
                            ),
                        ],
                    },
                    Section {
                        title: "Registration",
                        entries: &[
                            key(
                                "auth.registration",
                                "Who may register",
                                GenType::Select(&["open", "domains", "invite_only"]),
                                Default::Text("open"),
                            ),
                            key(
                                "auth.registration_domains",
                                "Mail domains that may register, with commas between them",
                                text(2_000),
                                Default::Text(""),
                            ),
                        ],
                    },
                    Section {
                        title: "Passwords and Tokens",
                        entries: &[
                            key(
                                "auth.password_min_length",
                                "Least length of a password",
                                number(8, 128),
                                Default::Int(10),
                            ),
                            key(
                                "auth.token_algorithm",
                                "How tokens are signed",
                                GenType::Select(&["HS256", "EdDSA"]),
                                Default::Text("HS256"),
                            ),
                        ],
                    },
                ],
            },
            Group {
                title: "Limits",
                sections: &[
                    Section {
                        title: "Requests",
                        entries: &[key(
                            "auth.anonymous_requests_per_minute",
                            "Anonymous requests an address may make in a minute",
                            number(10, 1_000_000),
                            Default::Int(300),
                        )],
                    },
                    Section {
                        title: "Organizations",
                        entries: &[
                            key(
                                "tenants.creation",
                                "Who may create organizations",
                                GenType::Select(&["anyone", "platform_admin"]),
                                Default::Text("anyone"),
                            ),
                            key(
                                "tenants.max_owned_per_user",
                                "Organizations one person may own, archived ones too",
                                number(1, 1_000_000),
                                Default::Int(100),
                            ),
                            key(
                                "tenants.invite_mails_per_hour",
                                "Invitation mails an organization may send in an hour",
                                number(1, 1_000_000),
                                Default::Int(500),
                            ),
                        ],
                    },
                ],
            },
            Group {
                title: "Browsers",
                sections: &[Section {
                    title: "Other Origins",
                    entries: &[key(
                        "api.cors_origins",
                        "Origins of other web pages that may use the API, with commas between them; empty: none",
                        GenType::Origins,
                        Default::Text(""),
                    )],
                }],
            },
        ],
    },
    Resource {
        name: "Email",
        groups: &[Group {
            title: "Delivery",
            sections: &[
                Section {
                    title: "Mail Server",
                    entries: &[
                        key("smtp.host", "Mail server; empty: mails wait", text(255), Default::Text("")).of_operator(),
                        key("smtp.port", "Port of the mail server", number(1, 65_535), Default::Int(587)).of_operator(),
                        key(
                            "smtp.security",
                            "Encryption to the mail server",
                            GenType::Select(&["none", "starttls", "tls"]),
                            Default::Text("starttls"),
                        )
                        .of_operator(),
                        key("smtp.username", "User name at the mail server", text(255), Default::Text(""))
                            .of_operator(),
                        key("smtp.password", "Password at the mail server", GenType::Secret, Default::NoSecret)
                            .of_operator(),
                    ],
                },
                Section {
                    title: "Sender",
                    entries: &[
                        key("smtp.from_address", "Sender of mails", GenType::Email, Default::Text("")).of_operator(),
                        key("smtp.from_name", "Name of the sender", text(100), Default::Text("TruePort")).of_operator(),
                    ],
                },
            ],
        }],
    },
    Resource {
        name: "Gateway",
        groups: &[
            Group {
                title: "Traffic",
                sections: &[Section {
                    title: "Limits",
                    entries: &[
                        gateway(key(
                            "gateway.requests_per_minute",
                            "Requests a minute for each API key; 0: as many as the plan allows",
                            number(0, 1_000_000),
                            Default::Int(0),
                        )),
                        gateway(key(
                            "gateway.max_request_kib",
                            "Largest request, in KiB",
                            number(1, 102_400),
                            Default::Int(4_096),
                        )),
                        gateway(key(
                            "gateway.timeout_seconds",
                            "Longest wait for a model's answer, in seconds",
                            number(1, 3_600),
                            Default::Int(120),
                        )),
                    ],
                }],
            },
            Group {
                title: "Models",
                sections: &[Section {
                    title: "Choice",
                    entries: &[
                        gateway(key(
                            "gateway.default_model",
                            "Model where a request names none; empty: such requests are refused",
                            text(200),
                            Default::Text(""),
                        )),
                        gateway(key(
                            "gateway.allowed_models",
                            "Models that may be used, with commas between them; empty: all",
                            text(4_000),
                            Default::Text(""),
                        )),
                    ],
                }],
            },
            Group {
                title: "Policy",
                sections: &[Section {
                    title: "Violations",
                    entries: &[
                        gateway(key(
                            "gateway.violation_action",
                            "What becomes of a request that breaks a rule",
                            GenType::Select(&["log", "warn", "block"]),
                            Default::Text("block"),
                        )),
                        gateway(key(
                            "gateway.redact_personal_data",
                            "Take personal data out before a request leaves",
                            GenType::Boolean,
                            Default::Bool(false),
                        )),
                    ],
                }],
            },
        ],
    },
    Resource {
        name: "Data Retention",
        groups: &[Group {
            title: "Logs",
            sections: &[
                Section {
                    title: "Gateway Logs",
                    entries: &[
                        gateway(key(
                            "retention.log_contents",
                            "Keep what was asked and answered in the gateway's logs",
                            GenType::Boolean,
                            Default::Bool(true),
                        )),
                        gateway(key(
                            "retention.log_days",
                            "Days for which the gateway keeps its logs; 0: as long as the plan allows",
                            number(0, 3_660),
                            Default::Int(0),
                        )),
                    ],
                },
                Section {
                    title: "Audit",
                    entries: &[key(
                        "audit.retention_days",
                        "Days for which the audit is kept; 0: for good",
                        number(0, 36_500),
                        Default::Int(0),
                    )],
                },
                Section {
                    title: "Usage",
                    entries: &[key(
                        "usage.retention_days",
                        "Days for which usage is kept by the hour",
                        number(31, 3_660),
                        Default::Int(400),
                    )],
                },
            ],
        }],
    },
    Resource {
        name: "Branding",
        groups: &[Group {
            title: "Appearance",
            sections: &[
                Section {
                    title: "Address",
                    entries: &[key(
                        "base_url",
                        "Address people reach this installation at",
                        GenType::Url,
                        Default::Text(""),
                    )
                    .of_operator()],
                },
                Section {
                    title: "Help",
                    entries: &[
                        key(
                            "branding.support_email",
                            "Address people ask for help at",
                            GenType::Email,
                            Default::Text(""),
                        )
                        .at(Level::Tenant, Reader::Page),
                        key("branding.notice", "A line shown on every page", text(300), Default::Text(""))
                            .at(Level::Tenant, Reader::Page),
                    ],
                },
            ],
        }],
    },
    Resource {
        name: "Billing",
        groups: &[Group {
            title: "Subscriptions",
            sections: &[Section {
                title: "Reminders",
                entries: &[key(
                    "billing.ends_soon_days",
                    "Days before the end of a cancelled plan on which its owner is told",
                    number(1, 60),
                    Default::Int(7),
                )],
            }],
        }],
    },
];

/// Every key, in the order of the tree.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    TREE.iter()
        .flat_map(|resource| resource.groups)
        .flat_map(|group| group.sections)
        .flat_map(|section| section.entries)
}

/// The entry of a key.
pub fn entry(key: &str) -> Option<&'static Entry> {
    entries().find(|entry| entry.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_of_its_key() {
        for entry in entries() {
            let default = entry.default_value();
            if entry.key != "base_url" && !matches!(default, crate::domain::settings::ConfigValue::Secret(_)) {
                assert_eq!(entry.parse(&default.to_json()), Ok(default), "{}", entry.key);
            }
        }
    }

    #[test]
    fn no_key_is_declared_twice() {
        let mut keys: Vec<&str> = entries().map(|entry| entry.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), entries().count());
    }
}
