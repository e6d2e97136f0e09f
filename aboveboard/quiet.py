"""Nothing phones home: every library here that reports usage by default is told not to, before it is imported."""

import os

SILENT = {
    "DO_NOT_TRACK": "1",  # Prefect's SDK, and whoever else honours it
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "DISABLE_TELEMETRY": "1",  # Gradio, Hugging Face
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime 1.28 and later report each session, from native code
    "ORT_TELEMETRY_DISABLED": "1",  # the same under its other name
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it fetches a price list at import
    "LITELLM_TELEMETRY": "False",
    "GUARDRAILS_RUN_SYNC": "true",  # read at each call: no event loop of its own
}
PATIENT = {"PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120"}  # 20 are too few on a busy machine


def silence() -> None:
    """Turn telemetry off, whatever the environment says: privacy is not a preference here. Patience is."""
    os.environ.update(SILENT)
    for name, seconds in PATIENT.items():
        os.environ.setdefault(name, seconds)
