"""The `mailtide doctor` command."""

from typing import Annotated

import typer
from rich.text import Text

from mailtide.running import FOUND, UNREACHABLE, Json, command, print_json, run
from mailtide.show import plain_console
from mailtide_common.contracts.api.doctor import DoctorReport, Severity
from mailtide_common.runtime.postgres import close_pool, create_pool
from mailtide_common.runtime.settings import load
from mailtide_doctor.examine import Doctor
from mailtide_doctor.settings import DoctorSettings
from mailtide_nylas import NylasClient

POOL_SIZE = 4

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def doctor_command(
    strict: Annotated[bool, typer.Option("--strict", help="Also exit with 1 for warnings.")] = False,
    as_json: Json = False,
) -> None:
    """Check Kafka, Postgres, Nylas, clocks, disk and PUBLIC_URL from this host, and name fixes.

    Further findings are accounts that are behind or need a person, stages that are behind, a scheduler that
    does not work, open incidents, and disabled or missing notification channels. The command changes nothing.

    Exit code 2 if a setting is missing or wrong; else 3 if a check was not possible; else 1 if an error was
    found.

    Reads the settings of the services: DATABASE_URL, MAILTIDE_SCHEMA, NYLAS_API_KEY, NYLAS_API_URI,
    NYLAS_CLIENT_ID, PUBLIC_URL, MAILTIDE_TOPIC_PARTITIONS, and those that begin with KAFKA_.
    """
    report = run(_examine(load(DoctorSettings, "mailtide doctor")))
    if as_json:
        print_json(report)
    else:
        print_findings(report)
    if report.unchecked:
        raise typer.Exit(UNREACHABLE)
    grave = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    if any(each.severity in grave for each in report.findings):
        raise typer.Exit(FOUND)


async def _examine(settings: DoctorSettings) -> DoctorReport:
    pool = await create_pool(
        settings.database_url.get_secret_value(),
        max_size=POOL_SIZE,
        application_name="mailtide-doctor",
        schema=settings.mailtide_schema,
    )
    key = settings.nylas_api_key.get_secret_value()
    try:
        async with NylasClient(settings.nylas_api_uri, key, settings.nylas_client_id) as client:
            doctor = Doctor(
                settings.brokers,
                settings.mailtide_topic_partitions,
                pool,
                client,
                settings.public_url,
            )
            return await doctor.examine()
    finally:
        await close_pool(pool)


def print_findings(report: DoctorReport) -> None:
    """Print each finding with its consequence and fix, then the impossible and the passed checks."""
    console = plain_console()
    for each in report.findings:
        heading = f"{each.severity} {each.check}: {each.what}"
        console.print(Text(heading, style=f"bold {COLOURS[each.severity]}"))
        console.print(f"  why: {each.why}\n  fix: {each.fix}\n")
    if report.unchecked:
        console.print(f"not checked: {', '.join(report.unchecked)}")
    console.print(f"in order: {', '.join(report.passed) or 'nothing'}")


app = command(doctor_command)
