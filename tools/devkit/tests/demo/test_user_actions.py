import httpx

from mailtide_devkit.demo.user_actions import outcome_of


def test_the_reason_of_a_refused_connect_is_shown() -> None:
    location = "https://app.example.com/connected?error=access_denied"
    refused = httpx.Response(303, headers={"location": location})

    assert outcome_of(refused) == f"303 {location}"
    assert outcome_of(httpx.Response(400, text="unknown provider")) == "400 unknown provider"
