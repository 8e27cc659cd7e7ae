//! What webhooks are told, for the documentation: requests that this program makes and others answer.

use serde_json::{Map, Value as Json, json};

use crate::domain::webhook_events::{EVENT_TYPES, TEST};

/// The `webhooks` of the OpenAPI document, and the schema of what is sent.
pub(super) fn documentation() -> (Map<String, Json>, Json) {
    let named = EVENT_TYPES.iter().map(|known| (known.name, known.summary));
    let all = named.chain([(TEST, "Somebody asked for a test; no webhook has to want it.")]);
    let webhooks = all.map(|(name, summary)| (name.to_owned(), json!({"post": operation(name, summary)}))).collect();
    (webhooks, schema())
}

fn operation(name: &str, summary: &str) -> Json {
    let header = |name: &str, description: &str, kind: &str| json!({"name": name, "in": "header", "required": true, "description": description, "schema": {"type": kind}});
    let schema = json!({"$ref": "#/components/schemas/WebhookEvent"});
    json!({
        "operationId": format!("webhook_{}", name.replace('.', "_")),
        "summary": summary,
        "tags": ["Webhooks"],
        "parameters": [
            header("webhook-id", "Names the event: the same at every attempt. One may arrive more than once.", "string"),
            header("webhook-timestamp", "Second of the attempt since 1970. Refuse what is too old.", "integer"),
            header(
                "webhook-signature",
                "`v1,` and the base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, under the bytes that \
                 stand in base64 behind `whsec_`. Two of them with a space between while a secret is rotated.",
                "string",
            ),
        ],
        "requestBody": {"required": true, "content": {"application/json": {"schema": schema}}},
        "responses": {
            "2XX": {"description": "Taken. Nothing else of the answer is read."},
            "410": {"description": "Wants no more: the webhook is disabled."},
            "default": {
                "description": "Failed: tried again after 5 seconds (a minute where there was no answer), 5 and 30 minutes, \
                                2, 5, 10 and 14 hours and a little more each. No redirect is followed. A webhook that fails for days is disabled.",
            },
        },
    })
}

fn schema() -> Json {
    let text = |example: &str| json!({"type": "string", "example": example});
    let object = |description: &str, properties: Json| {
        let properties = properties.as_object().cloned().unwrap_or_default();
        let of_each = |(name, schema): (&String, &Json)| (name.clone(), schema["example"].clone());
        let example: Map<String, Json> = properties.iter().map(of_each).collect();
        let required: Vec<&String> = properties.keys().collect();
        json!({
            "type": "object", "description": description, "required": required, "properties": properties,
            "example": example,
        })
    };
    let thing = |description: &str, kind: &str, id: &str| {
        object(description, json!({"kind": text(kind), "id": {"type": ["string", "null"], "example": id}}))
    };
    let actor = "Who did it: a `user`, somebody `anonymous`, the `operator` or the `system` itself.";
    let impersonator = json!({
        "type": ["string", "null"], "description": "The platform admin who did it in that user's name.",
        "example": "usr_01h455vb4pex5vsknk084sn02r",
    });
    let actor = object(
        actor,
        json!({
            "kind": text("user"),
            "id": {"type": ["string", "null"], "example": "usr_01h455vb4pex5vsknk084sn02q"},
            "impersonator_id": impersonator,
        }),
    );
    let data = json!({
        "tenant_id": text("ten_01h455vb4pex5vsknk084sn02q"),
        "actor": actor,
        "target": thing("What it was done to.", "membership", "mem_01h455vb4pex5vsknk084sn02q"),
        "changes": {
            "type": "object",
            "description": "Names and new values, never a secret. Later versions may add to them.",
            "example": {"user_id": "usr_01h455vb4pex5vsknk084sn02q", "role": "member"},
        },
    });
    let event = json!({
        "type": text("member.joined"),
        "timestamp": {"type": "string", "format": "date-time", "example": "2024-01-15T10:30:00Z"},
        "data": object("What happened.", data),
    });
    object("What a webhook is told: an event of the organization's audit.", event)
}
