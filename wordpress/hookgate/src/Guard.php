<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * Keeps everybody but the gate from WunderAutomation's own webhook URL, if the admin wants so, and runs there what the
 * gate delivers once.
 */
final class Guard
{
    private const OPTION = 'hookgate_guard';
    private const DEFAULT_SLUG = 'wa-hook';
    private const LONGEST_HOOK = 64;
    private const FATAL = E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR;

    public static function register(): void
    {
        // WunderAutomation looks at the URL at the very end of `init`.
        add_action('init', [self::class, 'check'], PHP_INT_MAX - 1);
    }

    public static function isOn(): bool
    {
        return (bool) get_option(self::OPTION);
    }

    public static function check(): void
    {
        // Asked first: a site without WunderAutomation has nothing to look up at every page. A command has no URL.
        if (!function_exists('wa_wa') || !isset($_SERVER['REQUEST_METHOD']) || !self::isOn()) {
            return;
        }
        $code = self::code();
        if ($code === null) {
            return;
        }
        try {
            $claim = self::admit($code);
        } catch (EarlyAnswer $early) {
            self::say($early->answer());
        }
        // A gate that hangs up must not leave a workflow half done.
        ignore_user_abort(true);
        add_action('shutdown', static function () use ($claim): void {
            self::settle($claim);
        }, PHP_INT_MIN);
    }

    /**
     * 1. Verify that the gate sent this, and sent it here – 401.
     * 2. Has an admin paused the site? – 503.
     * 3. Claim the delivery – 200 if it has been done, 503 while another request runs it or the database fails.
     *
     * @throws EarlyAnswer
     */
    private static function admit(string $code): Claim
    {
        // 1
        $body = (string) file_get_contents('php://input', false, null, 0, Signature::LONGEST_BODY + 1);
        $signature = self::isInForm() && !self::isForConnector($body) ? self::signature($body) : null;
        if ($signature === null) {
            throw new EarlyAnswer(Answer::unauthorized());
        }
        // 2
        if (Pause::current() !== null) {
            throw new EarlyAnswer(Answer::paused());
        }
        // 3
        Schema::ensure();
        return Claim::take($signature, substr($code, 0, self::LONGEST_HOOK));
    }

    /**
     * The code of the workflow, if WunderAutomation would take the request for a webhook: this is its own expression.
     */
    private static function code(): ?string
    {
        $slug = self::slug();
        // To WunderAutomation every URL is a webhook then: to guard them all would lock the admin out.
        if ($slug === '') {
            return null;
        }
        $slug = preg_quote($slug, '/');
        $address = sanitize_text_field(self::server('REQUEST_URI'));
        return preg_match("/{$slug}\/([a-z0-9_\-]*)/", $address, $parts) === 1 ? $parts[1] : null;
    }

    private static function slug(): string
    {
        $general = get_option('wunderauto-general');
        $slug = is_array($general) ? $general['webhookslug'] ?? self::DEFAULT_SLUG : self::DEFAULT_SLUG;
        // A number is a slug as well, once it is part of a pattern.
        return is_string($slug) || is_int($slug) ? (string) $slug : '';
    }

    /**
     * The gate posts JSON, in the one spelling that WunderAutomation reads. Its signature does not cover a query.
     */
    private static function isInForm(): bool
    {
        return self::server('REQUEST_METHOD') === 'POST'
            && strpos(self::server('REQUEST_URI'), '?') === false
            && self::server('CONTENT_TYPE') === 'application/json';
    }

    /**
     * The signature does not cover the URL: what the gate sent to the connector's route must not open this one.
     */
    private static function isForConnector(string $body): bool
    {
        $content = json_decode($body, true);
        return is_array($content) && is_string($content['hook'] ?? null) && is_array($content['objects'] ?? null);
    }

    private static function signature(string $body): ?Signature
    {
        return Signature::verify(
            self::server('HTTP_WEBHOOK_ID'),
            self::server('HTTP_WEBHOOK_TIMESTAMP'),
            self::server('HTTP_WEBHOOK_SIGNATURE'),
            $body,
            Secrets::keys()
        );
    }

    /**
     * Ends the attempt as WunderAutomation answered.
     */
    private static function settle(Claim $claim): void
    {
        $status = (int) http_response_code();
        $succeeded = $status === 200 && self::hasWunderAutomationAnswered();
        $answer = $succeeded ? Answer::accepted([]) : Answer::failedByWunderAutomation($status);
        $claim->settle($succeeded ? Deliveries::DONE : Deliveries::FAILED, $answer);
    }

    /**
     * It ends the request before WordPress is loaded: what comes later is a page. And what dies after the first byte
     * was sent leaves the status as it was.
     */
    private static function hasWunderAutomationAnswered(): bool
    {
        $error = error_get_last();
        return did_action('wp_loaded') === 0 && ($error === null || ($error['type'] & self::FATAL) === 0);
    }

    /**
     * Answers as WunderAutomation does. A gate that asks here is told to wait with 503 only.
     *
     * @return never
     */
    private static function say(Answer $answer): void
    {
        $status = $answer->status() === 409 ? 503 : $answer->status();
        $isDone = $status === 200;
        $code = $isDone ? 'ok' : 'fail';
        $message = $isDone ? 'success' : $answer->message();
        status_header($status);
        foreach ($answer->headers() as $name => $value) {
            header("{$name}: {$value}");
        }
        if (wp_is_json_request()) {
            header('Content-Type: application/json; charset=UTF-8');
            $data = ['status' => $status];
            echo wp_json_encode(compact('code', 'message', 'data') + ['additional_errors' => []]);
        } else {
            header('Content-Type: text/plain; charset=UTF-8');
            echo "code: {$code}\nmessage: {$message}\nstatus: {$status}";
        }
        exit;
    }

    private static function server(string $name): string
    {
        $value = $_SERVER[$name] ?? '';
        return is_string($value) ? $value : '';
    }
}
